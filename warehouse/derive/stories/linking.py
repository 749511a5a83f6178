"""Group-average linking: joins the two most alike groups until none are alike enough.

Belongs here: the algorithm, on similarities of groups. Does not belong here: what makes articles alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components


def linked(similarities: sparse.csr_array, least: float) -> list[list[int]]:
    """Return the groups of units, each in order, all in the order of their first units.

    Similarities are symmetric and at least 0; that of two groups is the mean over their pairs. The result is that of
    joining the most alike groups first, until no two are alike by `least` or more. Chains of nearest neighbours find
    it in quadratic time (Murtagh, A Survey of Recent Advances in Hierarchical Clustering Algorithms, 1983), within
    parts that nothing connects.
    """
    strong = similarities.copy()
    strong.data = np.where(strong.data >= least, strong.data, 0)
    strong.eliminate_zeros()
    _, labels = connected_components(strong, directed=False)
    order = np.argsort(labels, kind="stable")
    groups: list[list[int]] = []
    for members in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(members) == 1:
            groups.append(members.tolist())
            continue
        part = similarities[members][:, members].toarray().astype(np.float64)
        groups += [[int(members[unit]) for unit in group] for group in _chained(part, least)]
    return sorted(groups)


def _chained(means: npt.NDArray[np.float64], least: float) -> list[list[int]]:
    groups: dict[int, list[int]] = {unit: [unit] for unit in range(len(means))}
    sizes = np.ones(len(means))
    np.fill_diagonal(means, -1.0)
    final: list[list[int]] = []
    chain: list[int] = []
    while groups:
        if not chain:
            chain.append(next(iter(groups)))
        last = chain[-1]
        nearest = int(np.argmax(means[last]))
        # Of equally near groups the one that the chain came from, or the chain would never end.
        if len(chain) > 1 and means[last, chain[-2]] >= means[last, nearest]:
            nearest = chain[-2]
        if means[last, nearest] < least:
            # Its nearest is too far, and joining others brings none nearer than the nearer of them.
            chain.clear()
            final.append(sorted(groups.pop(last)))
            means[last], means[:, last] = -1.0, -1.0
        elif len(chain) > 1 and nearest == chain[-2]:
            del chain[-2:]
            kept, gone = min(last, nearest), max(last, nearest)
            mean = (sizes[kept] * means[kept] + sizes[gone] * means[gone]) / (sizes[kept] + sizes[gone])
            mean[[kept, gone]] = -1.0
            means[kept], means[:, kept] = mean, mean
            means[gone], means[:, gone] = -1.0, -1.0
            sizes[kept] += sizes[gone]
            groups[kept] += groups.pop(gone)
        else:
            chain.append(nearest)
    return final
