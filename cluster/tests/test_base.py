from cluster import base


def test_the_base_has_the_updates_of_the_mirror_it_came_from() -> None:
    lines = base.apt_sources("deb http://mirror.example/debian trixie main\n").splitlines()
    assert [line.split()[1:3] for line in lines] == [
        ["http://mirror.example/debian", "trixie"],
        ["http://mirror.example/debian", "trixie-updates"],
        ["http://mirror.example/debian-security", "trixie-security"],
    ]
