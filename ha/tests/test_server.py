from pathlib import Path

from ha.node.server import clear_stale_socket


def test_what_a_former_container_left_of_its_socket_goes_and_nothing_else(tmp_path: Path) -> None:
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock", ".s.PGSQL.5433.lock", "pgpass"):
        (tmp_path / name).touch()
    for _ in range(2):
        clear_stale_socket(tmp_path, 5432)
        assert sorted(path.name for path in tmp_path.iterdir()) == [".s.PGSQL.5433.lock", "pgpass"]
