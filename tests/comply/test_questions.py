"""What a host is asked for policies."""

from ospatrol.comply.questions import follow_up, questions_of
from ospatrol.dialect.rcl import read_rcl
from ospatrol.model.facts import Answer, Ask, Question, State
from tests.comply.conftest import facts_of, policy_of


def test_every_thing_is_asked_for_once_in_the_order_of_the_policies():
    first = policy_of(("all", ["f:/b,/a -> r:x", "c:x", "c:y -> r:x"]), ("any", ["d:/d -> a -> r:x", "p:z"]))
    second = policy_of(("all", ["f:/a", "c:y -> r:z", "p:y", "r:HKLM\\X", "not c:w -> r:z"]))

    asked = questions_of([first, second])

    assert asked == (
        Question(Ask.FILE, "/b"),
        Question(Ask.FILE, "/a"),
        Question(Ask.COMMAND, "y"),
        Question(Ask.DIRECTORY, "/d"),
        Question(Ask.PROCESSES),
        Question(Ask.COMMAND, "w"),
    )


def test_nothing_is_asked_of_empty_names():
    policy = policy_of(("all", ["f:/a,", "d:", "c: -> r:x", "d: -> x -> r:y"]))

    assert questions_of([policy]) == (Question(Ask.FILE, "/a"),)
    assert follow_up([policy], facts_of(dirs={"": ("/x",)})) == ()


def test_the_requirement_is_asked_for_first():
    from ospatrol.dialect.sca import read_sca
    from tests.comply.conftest import policy_text
    from tests.comply.test_judge import required

    policy = read_sca(policy_text(("all", ["f:/b"]), head=required("f:/a -> r:x")), "p.yml").policy

    assert [question.key for question in questions_of([policy])] == ["/a", "/b"]


def test_a_rootcheck_list_asks_for_the_first_file_alone_and_for_every_directory():
    policy = read_rcl("[X] [any] []\nf:/a,/b;\nd:/c,/d -> x;\n", "x.txt").policy

    assert [question.key for question in questions_of([policy])] == ["/a", "/c", "/d"]


def test_the_files_whose_names_match_are_asked_for_behind_the_listing():
    policy = policy_of(("all", ["d:/d -> .conf$ -> r:x", "d:/e -> x -> r:x", "d:/f", "d:/g,/h -> r:x -> y"]))
    listed = {"/d": ("/d/a.conf", "/d/b", "/d/s/c.conf"), "/f": ("/f/x",), "/e": State.MISSING}
    listed["/h"] = Answer(state=State.CUT, entries=("/h/x",))

    asked = follow_up([policy], facts_of(dirs=listed, files={"/d/s/c.conf": ""}))

    assert asked == (Question(Ask.FILE, "/d/a.conf"), Question(Ask.FILE, "/h/x"))


def test_of_the_files_that_only_need_to_be_there_a_few_are_asked_for():
    policy = policy_of(("all", ["d:/d -> x"]))
    listed = {"/d": ("/d/a", *(f"/d/x{number:02}" for number in range(20)))}

    asked = follow_up([policy], facts_of(dirs=listed))

    assert asked == tuple(Question(Ask.FILE, f"/d/x{number:02}") for number in range(16))


def test_what_a_listing_that_failed_half_way_holds_is_asked_for():
    policy = policy_of(("all", ["d:/d -> x -> r:y"]))
    listed = {"/d": Answer(state=State.NO_PERMISSION, entries=("/d/x",))}

    assert follow_up([policy], facts_of(dirs=listed)) == (Question(Ask.FILE, "/d/x"),)


def test_a_rootcheck_list_does_not_ask_for_files_that_only_need_to_be_there():
    policy = read_rcl("[X] [any] []\nd:/d -> x;\n", "x.txt").policy

    assert follow_up([policy], facts_of(dirs={"/d": ("/d/x",)})) == ()
