import pytest

from amara import postgres
from amara.postgres import binaries


def test_what_is_found_is_new_enough_and_complete():
    found = postgres.find()
    assert found.version >= binaries.OLDEST
    assert postgres.inspect(found.directory) == found


def test_data_of_a_version_nobody_has_are_not_opened_with_another():
    with pytest.raises(postgres.BinariesMissing, match="7, which made the data"):
        postgres.find(7)


def test_the_wheel_holds_the_newest_and_the_one_before_so_that_old_data_still_open():
    assert [postgres.inspect(directory).version for directory in binaries._in_the_wheel()] == [18, 16]


@pytest.mark.parametrize("version", [16, 18])
def test_data_pick_the_binaries_of_their_version(version):
    assert postgres.find(version).version == version


def test_a_directory_without_all_programs_is_no_postgresql(tmp_path):
    (tmp_path / "postgres").touch(0o755)
    assert postgres.inspect(tmp_path) is None


def test_programs_that_do_not_run_are_no_postgresql(tmp_path):
    for program in binaries._PROGRAMS:
        (tmp_path / program).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / program).chmod(0o755)
    assert postgres.inspect(tmp_path) is None


def test_one_closed_step_on_the_way_keeps_another_account_out(open_directory):
    nobody = postgres.Account(65534, 65534, switches=True)
    inner = open_directory / "closed" / "open"
    inner.mkdir(parents=True, mode=0o755)
    assert nobody.can_enter(inner)
    inner.parent.chmod(0o700)
    assert not nobody.can_enter(inner)
    assert not nobody.can_enter(inner / "not" / "made" / "yet")


def test_the_server_never_runs_as_root():
    assert postgres.account().uid != 0
