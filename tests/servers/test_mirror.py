"""The judge of `make servers` finds what is planted, and its plan is one; no server is needed."""

import unittest

from mirror import Held, findings
from plan import Step, color, is_of, key, picture, steps
from table import documented, table


def held(number: int, etag: str, of: str = "") -> Held:
    return Held(etag, of, picture(number))


class Mirror(unittest.TestCase):
    def setUp(self) -> None:
        a, b = "images/a.jpg", "images/b.jpg"
        self.planned = [Step(a, 1), Step(a, 2), Step(b, 3), Step(b, None)]
        self.right = {"images/a.jpg": held(2, "two"), "thumbnails/a.jpg": held(2, "t", "two")}

    def test_a_mirror_has_no_findings(self) -> None:
        self.assertEqual(findings(self.planned, self.right), [])

    def test_each_fault_is_found(self) -> None:
        for planted, says in [
            ({"thumbnails/a.jpg": None}, "thumbnails/a.jpg is lost"),
            ({"thumbnails/a.jpg": held(1, "t", "one")}, "thumbnails/a.jpg is stale"),
            ({"thumbnails/a.jpg": held(1, "t", "two")}, "does not show"),
            ({"thumbnails/b.jpg": held(3, "t", "three")}, "thumbnails/b.jpg is orphaned"),
            ({"images/a.jpg": None, "thumbnails/a.jpg": None}, "images/a.jpg is not as it was put there"),
            ({"images/b.jpg": held(3, "three"), "thumbnails/b.jpg": held(3, "t", "three")}, "images/b.jpg is not as"),
        ]:
            there = {name: one for name, one in {**self.right, **planted}.items() if one is not None}
            found = findings(self.planned, there)
            self.assertEqual(len(found), 1, found)
            self.assertIn(says, found[0])

    def test_a_picture_is_told_from_those_around_it(self) -> None:
        for number in range(50):
            self.assertTrue(is_of(number, picture(number)), color(number))
            self.assertFalse(is_of(number + 1, picture(number)), color(number))


class Plan(unittest.TestCase):
    def test_a_plan_uploads_overwrites_and_deletes(self) -> None:
        planned = steps(500, 1, plain_keys=False)
        self.assertEqual(planned, steps(500, 1, plain_keys=False))
        self.assertEqual(sum(step.number is not None for step in planned), 500)
        self.assertGreater(sum(step.number is None for step in planned), 50)
        self.assertLess(len({step.key for step in planned}), 400)

    def test_only_what_is_there_is_deleted(self) -> None:
        there = set()
        for step in steps(500, 2, plain_keys=True):
            if step.number is None:
                there.remove(step.key)
            else:
                there.add(step.key)

    def test_plain_keys_need_no_encoding(self) -> None:
        self.assertFalse(any(sign in key(number, plain=True) for number in range(8) for sign in "+% é"))
        self.assertTrue(any("+" in key(number, plain=False) for number in range(8)))


class Table(unittest.TestCase):
    def test_a_documents_table_is_read_as_it_is_written(self) -> None:
        written = table({"one": {"a": True, "b": None}, "other": {"a": False, "b": True}})
        self.assertIn("| a | yes | **no** |\n| b |  | yes |\n", written)
        self.assertEqual(documented(f"# Title\n\n{written}\nMore.\n"), written)
        self.assertEqual(documented("nothing"), "")


if __name__ == "__main__":
    unittest.main()
