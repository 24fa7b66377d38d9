"""The folder of what breakeven makes for itself can be set."""


def test_another_folder_is_used_instead(checkout, tmp_path_factory):
    usual, other = checkout.folder / ".breakeven", tmp_path_factory.mktemp("elsewhere") / "state"
    before = set(usual.iterdir())
    override = ("releases", "override", "base + threadpoolctl==3.6.0")
    status, output = checkout.run("breakeven", *override, BREAKEVEN_STATE=str(other))
    assert status == 0, output
    status, output = checkout.run("breakeven", "releases", "show", "base", BREAKEVEN_STATE=str(other))
    assert status == 0, output
    assert (other / "train.git" / "HEAD").exists()
    assert set(usual.iterdir()) == before
