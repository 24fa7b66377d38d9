"""Named in the ``plugins`` key of ``asv.conf.json``: from here on asv measures releases."""

from breakeven.harness import patches

patches.install()
