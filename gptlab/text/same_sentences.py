"""The same three sentences in twelve languages, written for this course: chapter 08 counts them.

What they say is plain and the same everywhere; each language says it in its own way. English is
first, then the languages with Latin letters, then the others.
"""

SAME_SENTENCES = {
    "English": "The water in the lake is cold. My sister reads a book every evening. "
    "Tomorrow we will go to the market and buy bread.",
    "German": "Das Wasser im See ist kalt. Meine Schwester liest jeden Abend ein Buch. "
    "Morgen gehen wir auf den Markt und kaufen Brot.",
    "French": "L'eau du lac est froide. Ma sœur lit un livre tous les soirs. "
    "Demain, nous irons au marché et nous achèterons du pain.",
    "Spanish": "El agua del lago está fría. Mi hermana lee un libro todas las noches. "
    "Mañana iremos al mercado y compraremos pan.",
    "Finnish": "Järven vesi on kylmää. Sisareni lukee kirjaa joka ilta. "
    "Huomenna menemme torille ja ostamme leipää.",
    "Turkish": "Göldeki su soğuk. Kız kardeşim her akşam kitap okur. "
    "Yarın pazara gidip ekmek alacağız.",
    "Greek": "Το νερό της λίμνης είναι κρύο. Η αδερφή μου διαβάζει ένα βιβλίο κάθε βράδυ. "
    "Αύριο θα πάμε στην αγορά και θα αγοράσουμε ψωμί.",
    "Russian": "Вода в озере холодная. Моя сестра каждый вечер читает книгу. "
    "Завтра мы пойдём на рынок и купим хлеб.",
    "Arabic": "ماء البحيرة بارد. أختي تقرأ كتابًا كل مساء. غدًا سنذهب إلى السوق ونشتري الخبز.",
    "Hindi": "झील का पानी ठंडा है। मेरी बहन हर शाम एक किताब पढ़ती है। कल हम बाज़ार जाएँगे और रोटी ख़रीदेंगे।",
    "Chinese": "湖里的水很冷。我姐姐每天晚上都看书。明天我们要去市场买面包。",
    "Japanese": "湖の水は冷たいです。姉は毎晩本を読みます。"
    "明日、私たちは市場へ行ってパンを買います。",
}
