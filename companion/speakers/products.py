"""Matrix products that stay on one thread without any setting.

OpenBLAS shares a product among threads once it takes more than 65536 * 4 multiplications (interface/gemm.c). For our
thin matrices its threads wait for one another much longer than they work: on a busy machine the same clustering took
26 s instead of 2 s. The number of threads belongs to the whole process, so it is not ours to set; smaller pieces are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ONE_THREAD = 65536 * 4


def times(left: Floats, right: Floats) -> Floats:
    """`left @ right`, for a tall `left`: (n, k) and (k, m) give (n, m)."""
    result = np.empty((len(left), right.shape[1]), np.float32)
    step = _rows(left.shape[1] * right.shape[1])
    for k in range(0, len(left), step):
        np.matmul(left[k : k + step], right, out=result[k : k + step])
    return result


def transposed_times(left: Floats, right: Floats) -> Floats:
    """`left.T @ right`, for two tall matrices: (n, k) and (n, m) give (k, m)."""
    result = np.zeros((left.shape[1], right.shape[1]), np.float32)
    step = _rows(left.shape[1] * right.shape[1])
    for k in range(0, len(left), step):
        result += left[k : k + step].T @ right[k : k + step]
    return result


def _rows(multiplications_a_row: int) -> int:
    return max(1, ONE_THREAD // multiplications_a_row)
