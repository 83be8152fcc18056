"""How the words of two names are paired, and what score that gives; compiled by Numba."""

import numpy as np

from sanad.matching.compiling import compiled
from sanad.matching.measures import (
    COMPOUND,
    CONCEPT,
    DESCENT,
    FAR,
    FORM,
    HONORIFIC,
    KIND,
    KUNYA,
    NUMBER,
    PAIRED_MAX,
    PARTICLE,
    PREFIX,
    all_apart,
)

TITLE_MAX = 600
"""A title and a name that are farther apart have nothing to do with one another: or a name would be gone for little."""


@compiled
def joined_gain(first, last, others, kinds, apart):
    """What a pair with joined words counts, in quarters: more than one word if none of them has a pair of its own."""
    parts, own = 0, 0
    for word in range(first, last + 1):
        if kinds[word] != PARTICLE:
            parts += 1
            for other in range(others):
                if apart[word, other] < 500:
                    own += 1
                    break
    return 3 if own > 0 else 4 if parts <= 1 else 6


@compiled
def names_paired(first1, last1, kinds1, words1, first2, last2, kinds2, words2, apart, contradicts, pairs):
    """Pair units of two names, each word at most once, the surest first. Gives how many were written into `pairs`."""
    units1, units2 = len(first1), len(first2)
    used1, used2 = np.zeros(words1, np.uint8), np.zeros(words2, np.uint8)
    count = 0
    while count < len(pairs):
        best, best1, best2 = 0, -1, -1
        for u in range(units1):
            free = True
            for word in range(first1[u], last1[u] + 1):
                free = free and used1[word] == 0
            if not free:
                continue
            for v in range(units2):
                if apart[u, v] > (PAIRED_MAX if (kinds1[u] == HONORIFIC) == (kinds2[v] == HONORIFIC) else TITLE_MAX):
                    continue
                free = True
                for word in range(first2[v], last2[v] + 1):
                    free = free and used2[word] == 0
                if not free:
                    continue
                gain = min(contradicts[kinds1[u]], contradicts[kinds2[v]]) * (FAR - apart[u, v])
                if last1[u] > first1[u]:
                    gain = gain * joined_gain(first1[u], last1[u], words2, kinds1, apart) // 4
                elif last2[v] > first2[v]:
                    gain = gain * joined_gain(first2[v], last2[v], words1, kinds2, apart.T) // 4
                # Of equal claims the one nearest in its name goes first, then the later: a son's name begins anew.
                gain = gain * 4096 - 32 * abs(first1[u] * words2 - first2[v] * words1) + min(first1[u] + first2[v], 31)
                if gain > max(best, 31):
                    best, best1, best2 = gain, u, v
        if best1 < 0:
            break
        for word in range(first1[best1], last1[best1] + 1):
            used1[word] = 1
        for word in range(first2[best2], last2[best2] + 1):
            used2[word] = 1
        pairs[count, 0], pairs[count, 1], pairs[count, 2] = best1, best2, apart[best1, best2]
        count += 1
    return count


@compiled
def groups_of(kind):
    """Which words may stand against which: 0 names, 1 numbers, 2 legal forms, 3 those that say nothing."""
    if kind == NUMBER:
        return 1
    if kind == FORM:
        return 2
    if kind in (PARTICLE, HONORIFIC):
        return 3
    return 0


@compiled
def repeated(word, words, others, apart):
    """Whether a word only says again what its neighbour says."""
    for other in range(others):
        if apart[word, other] < 300:
            if (word > 0 and apart[word - 1, other] < 300) or (word + 1 < words and apart[word + 1, other] < 300):
                return True
    return False


@compiled
def begins_with_other(kinds, matched):
    """Whether a name begins with a word that found no partner: a son bears his father's names after his own."""
    for word in range(len(kinds)):
        if kinds[word] not in (PARTICLE, HONORIFIC, KUNYA, COMPOUND, PREFIX):
            return matched[word] == 0
    return False


@compiled
def left_over(kinds, matched, apart, others, tells_absent, contradicts):
    """Of the words without partner: what they contradict, what is absent, of how much; numbers, forms; words paired."""
    contradicted, absent, whole, numbers, forms, paired = 0, 0.0, 0, 0, 0, 0
    for word in range(len(kinds)):
        kind = kinds[word]
        group = groups_of(kind)
        whole += tells_absent[kind]
        if matched[word] == 0:
            absent += tells_absent[kind] * (0.15 if repeated(word, len(kinds), others, apart) else 1.0)
            contradicted += contradicts[kind] if group == 0 else 0
            numbers += group == 1
            forms += group == 2
        elif group == 0 and kind != COMPOUND:
            paired += 1
    return contradicted, absent, whole, numbers, forms, paired


@compiled
def paired_cost(first1, last1, kinds1, first2, last2, kinds2, pairs, count, contradicts, weights, matched1, matched2):
    """What the pairs take together; marks the words that found a partner, and writes each pair's part beside it."""
    matched1[:] = 0
    matched2[:] = 0
    names = 0
    for n in range(count):
        u, v = pairs[n, 0], pairs[n, 1]
        matched1[first1[u] : last1[u] + 1] = 1
        matched2[first2[v] : last2[v] + 1] = 1
        if groups_of(kinds1[u]) == 0 and kinds1[u] != COMPOUND and kinds2[v] != COMPOUND:
            names += 1
    damping = (2.0 / names) ** (weights[7] / 1000.0) if names > 2 else 1.0
    total = 0
    for n in range(count):
        weight = min(contradicts[kinds1[pairs[n, 0]]], contradicts[kinds2[pairs[n, 1]]])
        cost = weights[0] * weight * pairs[n, 2] / 1_000_000.0
        pairs[n, 3] = round(cost * damping if pairs[n, 2] < 1000 else cost)
        total += pairs[n, 3]
    return total


@compiled
def in_other_order(first1, kinds1, first2, pairs, count):
    """Whether the paired words stand in another order."""
    for n in range(count):
        for m in range(n):
            if groups_of(kinds1[pairs[n, 0]]) == 0 and groups_of(kinds1[pairs[m, 0]]) == 0:
                before1 = first1[pairs[n, 0]] < first1[pairs[m, 0]]
                if before1 != (first2[pairs[n, 1]] < first2[pairs[m, 1]]):
                    return True
    return False


@compiled
def says_descent(units, words):
    """Whether a name has a particle between two of its words that says whose child somebody is."""
    for u in range(1, words - 1):  # noqa: SIM110 -- compiled code has no generators
        if units[u, KIND] == PARTICLE and units[u, CONCEPT] == DESCENT:
            return True
    return False


@compiled
def judged(
    first1, last1, unit_kinds1, kinds1, first2, last2, unit_kinds2, kinds2,
    apart, pairs, count, tells_absent, contradicts, weights, taken, matched1, matched2, of_descent,
):  # fmt: skip
    """The score of paired names, and what each step took: `pairs[:, 3]`, and `taken`: other words, missing, order.

    `weights`: see `columns.PERSON_WEIGHTS`. `of_descent`: both names say whose child somebody is.
    """
    total = paired_cost(
        first1, last1, unit_kinds1, first2, last2, unit_kinds2, pairs, count, contradicts, weights, matched1, matched2
    )
    contradicted1, absent1, whole1, numbers1, forms1, paired = left_over(
        kinds1, matched1, apart, len(kinds2), tells_absent, contradicts
    )
    contradicted2, absent2, whole2, numbers2, forms2, paired2 = left_over(
        kinds2, matched2, apart.T, len(kinds1), tells_absent, contradicts
    )
    taken[0] = weights[0] * FAR * min(contradicted1, contradicted2) // 1_000_000
    paired = min(paired, paired2)
    if numbers1 > 0 and numbers2 > 0:
        taken[0] += weights[5] if paired <= 1 else weights[5] * 5 // 6
    if forms1 > 0 and forms2 > 0:
        taken[0] += weights[6]
    taken[2] = 0
    if in_other_order(first1, unit_kinds1, first2, pairs, count):
        taken[2] = weights[9] if of_descent else weights[4]
    absent = abs(absent1 - absent2)
    share = absent / max(whole1, whole2, 1)
    taken[1] = round(weights[1] * share ** (weights[2] / 10.0))
    if paired <= 1 and share > 0.3:
        taken[1] += weights[3]
    if absent > 0 and taken[2] == 0 and paired >= 1:
        if begins_with_other(kinds1, matched1) if absent1 > absent2 else begins_with_other(kinds2, matched2):
            taken[1] += weights[8]
    if paired == 0 and (contradicted1 > 0 or contradicted2 > 0):
        return 0
    return max(0, 1000 - total - taken[0] - taken[1] - taken[2])


@compiled
def compared(one, two, table, rooms, weights, steps):
    """The score of two names, each its units, their first and last words, and the kinds of its words; how many pairs.

    `weights`: what words tell if they are absent, and if another stands there; see `columns.PERSON_WEIGHTS`.
    `steps`: takes up the pairs, what each step took, and which words of each name found a partner.
    """
    units1, first1, last1, kinds1 = one
    units2, first2, last2, kinds2 = two
    tells_absent, contradicts, costs = weights
    pairs, taken, matched1, matched2 = steps
    apart = np.empty((len(units1), len(units2)), np.int64)
    all_apart(units1, units2, table, rooms, apart)
    unit_kinds1, unit_kinds2 = units1[:, KIND].copy(), units2[:, KIND].copy()
    count = names_paired(
        first1, last1, unit_kinds1, len(kinds1), first2, last2, unit_kinds2, len(kinds2), apart, contradicts, pairs
    )
    of_descent = says_descent(units1, len(kinds1)) and says_descent(units2, len(kinds2))
    score = judged(
        first1, last1, unit_kinds1, kinds1, first2, last2, unit_kinds2, kinds2, apart, pairs, count,
        tells_absent, contradicts, costs, taken, matched1, matched2, of_descent,
    )  # fmt: skip
    return score, count
