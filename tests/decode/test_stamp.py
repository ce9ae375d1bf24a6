"""The time that stamps mean."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.decode.stamp import seconds

NEAR = datetime(2026, 3, 1, tzinfo=UTC).timestamp()

ROWS = (
    ("Dec 29 10:00:01", "2025-12-29T10:00:01"),
    ("Mar  1 23:59:59", "2026-03-01T23:59:59"),
    ("Mar  2 00:00:00", "2026-03-02T00:00:00"),
    ("Mar  2 00:00:01", "2025-03-02T00:00:01"),
    ("Feb 29 10:00:00", "2024-02-29T10:00:00"),
    ("Feb  5 10:59:60", "2026-02-05T11:00:00"),
    ("Feb 5 17:32:18", "2026-02-05T17:32:18"),
    ("Feb  5 17:32:18.5", "2026-02-05T17:32:18.500000"),
    ("AUG 10 22:18:24", "2025-08-10T22:18:24"),
    ("M\xc3\xa4r  1 10:00:00", "2026-03-01T10:00:00"),
    ("Oct 10 2018 12:34:56", "2018-10-10T12:34:56"),
    ("Oct 10 12:34:56 2018", "2018-10-10T12:34:56"),
    ("2015 Dec 29 10:00:01", "2015-12-29T10:00:01"),
    ("2015-04-16 21:51:02,805", "2015-04-16T21:51:02.805000"),
    ("2007-06-14T15:48:55-04:00", "2007-06-14T19:48:55"),
    ("2009-05-22T09:36:46.214994-07:00", "2009-05-22T16:36:46.214994"),
    ("2003-10-11T22:14:15.003Z", "2003-10-11T22:14:15.003000"),
    ("2003-10-11T22:14:60Z", "2003-10-11T22:15:00"),
    ("2003-10-11T22:14:15Z", "2003-10-11T22:14:15"),
    ("2003-10-11T22:14:15", "2003-10-11T22:14:15"),
    ("2025-02-05T17:32:18.1234567890+00:00", "2025-02-05T17:32:18.123457"),
    ("2019:11:06-00:08:03", "2019-11-06T00:08:03"),
    ("2021-04-21 10:16:09.404756-0700", "2021-04-21T17:16:09.404756"),
    ("Mon Apr 17 18:27:14 2006", "2006-04-17T18:27:14"),
    ("01/28-09:13:16.240702 ", "2026-01-28T09:13:16.240702"),
    ("01/28/1979-09:13:16.240702", "1979-01-28T09:13:16.240702"),
    ("[Fri Feb 11 18:06:35 2004]", "2004-02-11T18:06:35"),
    ("[Time 2006.12.28 15:53:55 UTC]", "2006-12-28T15:53:55"),
    ("1140701044.525  ", "2006-02-23T13:24:04.525000"),
)
NONSENSE = (
    "",
    "text",
    "Xxx 29 10:00:01",
    "Feb 30 10:00:00",
    "Dec 29 25:00:01",
    "Dec 29 10:60:01",
    "Dec 29 10:00:61",
    "Dec  0 10:00:01",
    "2025-13-05T17:32:18Z",
    "2025-02-30T17:32:00Z",
    "2025-02-28T17:32:61Z",
    "2025-02-28T17:",
    "0000-01-01T00:00:00Z",
    "99999999999999",
)


@pytest.mark.parametrize(("stamp", "means"), ROWS)
def test_a_stamp_means_a_time(stamp, means):
    expected = datetime.fromisoformat(f"{means}+00:00").timestamp()

    assert seconds(stamp, NEAR) == pytest.approx(expected, abs=1e-6)
    assert seconds(stamp, NEAR) == seconds(stamp, NEAR)


@pytest.mark.parametrize("stamp", NONSENSE)
def test_nonsense_means_no_time(stamp):
    assert seconds(stamp, NEAR) is None


@pytest.mark.parametrize("near", [float("nan"), float("inf"), float("-inf"), 1e300, -1e18])
def test_where_no_calendar_reaches_there_is_no_time(near):
    assert seconds("Dec 29 10:00:01", near) is None
    assert seconds("Dec 29 10:00:01.5", near) is None


def test_before_the_first_year_there_is_no_year_to_take():
    assert seconds("Feb 29 10:00:01", datetime(1, 2, 1, tzinfo=UTC).timestamp()) is None


def test_29_february_is_found_over_a_century_without_one():
    near = datetime(2103, 12, 31, tzinfo=UTC).timestamp()

    found = seconds("Feb 29 10:00:01", near)

    assert found == datetime(2096, 2, 29, 10, 0, 1, tzinfo=UTC).timestamp()


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(at=st.datetimes(datetime(1971, 1, 2), datetime(2120, 1, 1)), age=st.floats(-86_000, 360 * 86_400))  # noqa: DTZ001  # wants them naive
def test_a_stamp_without_a_year_is_found_again_from_any_time_close_to_it(at, age):
    at = at.replace(microsecond=0, tzinfo=UTC)
    if (at.month, at.day) == (2, 29):
        return

    assert seconds(f"{at:%b %d %H:%M:%S}", at.timestamp() + age) == at.timestamp()
    assert seconds(f"{at:%b %d %H:%M:%S}.0", at.timestamp() + age) == at.timestamp()


@settings(max_examples=2000, deadline=None, derandomize=True)
@given(
    st.text(alphabet="0123456789:-/., TZ[]+JanFebMar\xc3\xa4²", max_size=40)
    | st.sampled_from([stamp for stamp, _ in ROWS]).flatmap(
        lambda stamp: st.builds(
            lambda place, char: stamp[:place] + char + stamp[place + 1 :],
            st.integers(0, len(stamp)),
            st.characters(max_codepoint=255),
        )
    ),
    st.floats(),
)
def test_nothing_makes_it_fail(stamp, near):
    found = seconds(stamp, near)

    assert found is None or isinstance(found, float)


@pytest.mark.parametrize("piece", ["9", " ", "Jan ", "2025-", "[", "."])
def test_a_long_stamp_is_read_too(piece):
    assert seconds(piece * 500_000, NEAR) is None
