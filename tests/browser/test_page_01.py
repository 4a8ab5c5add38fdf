"""The chat box of chapter 01: it talks without a kernel, word for word as the Python program."""

from __future__ import annotations

import pytest

from gptlab.classic.eliza import Eliza

pytestmark = pytest.mark.browser

PAGE = "chapters/01-rules.html"

CONVERSATION = """Men are all alike.
They're always bugging us about something or other.
Well, my boyfriend made me come here.
He says I'm depressed much of the time.
It's true. I am unhappy.
I need some help, that much seems certain.
Perhaps I could learn to get along with my mother.
My mother takes care of me.
My father.
You are like my father in some ways.
You are not very aggressive but I think you don't want me to notice that.
You don’t argue with me.
You are afraid of me.
My father is afraid of everybody.
Bullies.
I dreamed of a garden
I REMEMBER the sea; do you remember it?
What is the capital of France?
Are you a machine?
if I could sleep, I would
You remind me of my dog
Can you help me? can I help you?
Nobody likes me
I was happy. You're right!
I feel that you hate me
I can't
Because.
?!…
Привет, я my груша
naïve façade 🙂 my 🙂
toString constructor __proto__
ß my Straße
no
""".splitlines()


def answers(page):
    return page.locator("[data-chat] [role=log] .eliza")


def test_the_page_answers_as_python_does(visit):
    page = visit().open(PAGE)
    eliza = Eliza()
    assert answers(page).last.inner_text() == f"ELIZA: {eliza.greeting}"
    for line in [*CONVERSATION, "", "you i my " * 50]:
        page.fill("[data-part=said]", line)
        page.keyboard.press("Enter")
        assert answers(page).last.inner_text() == f"ELIZA: {eliza.reply(line)}", line


def test_it_can_be_used_by_keyboard_and_starts_again(visit):
    tab = visit(fresh=True)
    page = tab.open(PAGE)
    page.get_by_label("You:").focus()
    page.keyboard.type("My sister laughs.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "PEOPLE YOU GREW UP WITH" in answers(page).last.inner_text()
    why = page.locator("[data-chat] .why").last
    assert not why.is_visible()
    page.get_by_label("show which rule answered").check()
    assert why.is_visible()
    assert "MY (0 YOUR 0 (/FAMILY) 0)" in why.inner_text()
    page.get_by_role("button", name="Start again").click()
    assert answers(page).count() == 1
    assert page.evaluate("document.activeElement.dataset.part") == "said"
    assert not tab.complaints
