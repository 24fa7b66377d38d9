"""The data are the same wherever and however they are made."""

import dask
import numpy as np
import pytest
from sklearn.datasets import make_blobs

from benchmarks import datasets


@pytest.mark.parametrize("n_samples", [200, 400_000, 1_000_000])
def test_lazy_blobs_equal_their_eager_twin_block_for_block(n_samples):
    lazy = datasets.lazy_blobs(n_samples)
    eager = datasets.blobs(n_samples)
    assert lazy.shape == eager.shape == (n_samples, datasets.N_FEATURES)
    start = 0
    for block in dask.compute(*lazy.to_delayed().ravel(), scheduler="threads"):
        np.testing.assert_array_equal(block, eager[start : start + len(block)])
        start += len(block)
    assert start == n_samples


def test_blocks_differ_from_one_another():
    first, second, *_ = (make_blobs(**block)[0] for block in datasets.blocks(200))
    assert not np.array_equal(first, second)


def test_no_block_is_larger_than_the_limit():
    described = datasets.blocks(10_000_000)
    assert len(described) == 50
    assert max(block["n_samples"] for block in described) == datasets.MAX_BLOCK


def test_rows_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="n_samples=201 does not divide into 4 equal blocks"):
        datasets.blocks(201)


def test_classification_is_seeded():
    for one, other in zip(datasets.classification(300), datasets.classification(300), strict=True):
        np.testing.assert_array_equal(one, other)
