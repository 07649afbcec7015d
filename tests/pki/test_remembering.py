"""What is remembered is remembered of what was asked, and of nothing that took its place."""

from pki.remembering import forget, remembered_of


class Asked:
    """Something that is equal to whatever says the same."""

    def __init__(self, says: str) -> None:
        self.says = says

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asked) and other.says == self.says

    def __hash__(self) -> int:
        return hash(self.says)


def test_equals_are_found_out_once_and_others_each() -> None:
    counted: list[str] = []

    @remembered_of(4)
    def said(one: Asked, other: Asked) -> str:
        counted.append(one.says)
        return one.says + other.says

    first, second = Asked("a"), Asked("b")
    assert said(first, second) == said(first, second) == said(Asked("a"), Asked("b")) == "ab"
    assert said(second, first) == "ba"
    assert counted == ["a", "b"]
    forget()
    assert said(first, second) == "ab"
    assert counted == ["a", "b", "a"]


def test_nothing_is_answered_for_another_at_the_same_place_in_memory() -> None:
    @remembered_of(3)
    def said(one: Asked) -> str:
        return one.says

    for number in range(1000):  # each is dropped at once, and its place is given to a later one
        assert said(Asked(f"{number}")) == f"{number}"
