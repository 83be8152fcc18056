"""The measuring itself, compiled by Numba: how far two words are apart, and how the words of two names are paired.

Everything a compiled function needs is handed to it: Numba keeps compiled code beside a stamp of this one file, and
would not notice that a constant of another file had changed.

A *unit* is a word of a name, or two or three neighbours read as one. Units of a set of names are two columns: their
sounds one after the other (uint8), and a row of whole numbers for each (`facts`, int32): where its sounds start and
end, whether its script leaves out vowels, its kind, its concept, how much its sounds tell against a word of the like
script and of the other, a digest of its Latin letters (two numbers, 0 where there are none), whether it is of several
words. So a unit is one line of memory, and few arrays are handed on (each costs the compiled code a count of
references). Distances are in thousandths of what still counts as another spelling of the same word: 0 the same, 1000
doubtful, `FAR` something else.

`table`: a row for each sound with what it costs to hear another for it; then what it costs to lose each, between like
scripts and with an abjad; for a sound that two letters may write, of which the second is h, the first; coarse classes.
"""

import numpy as np
from numba import njit

START, END, ABJAD, KIND, CONCEPT, TELLS, TELLS_MIXED, SPELLING, SPELLING_REST, MANY = range(10)
NAME, PARTICLE, HONORIFIC, FORM, GENERIC, COMMON, NUMBER, INITIAL, KUNYA, ACRONYM, COMPOUND, PREFIX = range(12)
FAR = 1600
"""Words this far apart have nothing to do with one another."""
PAIRED_MAX = 1300
SAME_CONCEPT, KIN_CONCEPT, KIN_FIRST, DISTINCT_FIRST, INITIAL_FITS, ACRONYM_FITS = 60, 330, 10_000, 20_000, 250, 600
ARTICLE_LOST = 300
"""What it costs that a word begins with the article and the other does not."""
SWAPPED, HALVED = 500, 40
SOUND_L, SOUND_H = 19, 30
"""Codes of l and h in `sounds`."""


@njit(cache=True, nogil=True)
def loss(sound, place, length, cost, mixed):
    """What it costs to lose a sound. A first sound is seldom lost, nor is a last vowel, which an abjad does write."""
    if place == 0:
        return max(cost, 250 if sound <= 5 else 600)
    if place == length - 1 and 1 < sound <= 5 and mixed == 1:
        return max(cost, 400)
    return cost


@njit(cache=True, nogil=True)
def sounds_apart(one, start1, length1, two, start2, length2, mixed, table, rows, limit):
    """Least cost of turning one word's sounds into the other's: hear for another, lose, or swap two neighbours."""
    sounds = table.shape[1]
    lost, halves = sounds + mixed, sounds + 2
    before, last, row = 0, 1, 2
    rows[last, 0] = 0
    for j in range(1, length2 + 1):
        sound2 = two[start2 + j - 1]
        rows[last, j] = rows[last, j - 1] + loss(sound2, j - 1, length2, table[lost, sound2], mixed)
    if length2 >= 5 and 1 <= two[start2] <= 2 and two[start2 + 1] == SOUND_L:
        rows[last, 2] = min(rows[last, 2], ARTICLE_LOST)
    article = length1 >= 5 and 1 <= one[start1] <= 2 and one[start1 + 1] == SOUND_L
    for i in range(1, length1 + 1):
        sound1 = one[start1 + i - 1]
        cost1 = loss(sound1, i - 1, length1, table[lost, sound1], mixed)
        rows[row, 0] = rows[last, 0] + cost1
        if article and i == 2:
            rows[row, 0] = min(rows[row, 0], ARTICLE_LOST)
        least = rows[row, 0]
        for j in range(1, length2 + 1):
            sound2 = two[start2 + j - 1]
            best = rows[last, j - 1] + table[sound1, sound2]
            best = min(best, rows[last, j] + cost1)
            best = min(best, rows[row, j - 1] + loss(sound2, j - 1, length2, table[lost, sound2], mixed))
            if i > 1 and j > 1 and sound1 == two[start2 + j - 2] and one[start1 + i - 2] == sound2:
                best = min(best, rows[before, j - 2] + SWAPPED)
            if j > 1 and sound2 == SOUND_H and table[halves, sound1] != 0:
                best = min(best, rows[last, j - 2] + table[table[halves, sound1], two[start2 + j - 2]] + HALVED)
            if i > 1 and sound1 == SOUND_H and table[halves, sound2] != 0:
                best = min(best, rows[before, j - 1] + table[table[halves, sound2], one[start1 + i - 2]] + HALVED)
            rows[row, j] = best
            least = min(least, best)
        if least > limit and i < length1:
            return least
        before, last, row = last, row, before
    return rows[last, length2]


@njit(cache=True, nogil=True)
def by_rule(u, facts1, sounds1, v, facts2, sounds2, table):
    """How far two units are apart where a rule says it; -1 where the sounds must be compared."""
    kind1, kind2 = facts1[u, KIND], facts2[v, KIND]
    if (kind1 == PARTICLE) != (kind2 == PARTICLE) or (kind1 == FORM) != (kind2 == FORM):
        return FAR
    same = facts1[u, SPELLING] == facts2[v, SPELLING] and facts1[u, SPELLING_REST] == facts2[v, SPELLING_REST]
    same = same and facts1[u, SPELLING] != 0
    if kind1 == ACRONYM or kind2 == ACRONYM:
        return ACRONYM_FITS if same and kind1 != kind2 else FAR
    start1, start2 = facts1[u, START], facts2[v, START]
    if kind1 in (NUMBER, FORM) or kind2 == NUMBER:
        length = facts1[u, END] - start1
        if kind1 != kind2 or length != facts2[v, END] - start2:
            return FAR
        for place in range(length):
            if sounds1[start1 + place] != sounds2[start2 + place]:
                return FAR
        return 0
    if kind1 == INITIAL or kind2 == INITIAL:
        first = table[sounds1[start1], sounds2[start2]]
        if kind1 == kind2:
            return 0 if first == 0 else FAR
        return INITIAL_FITS + first if first <= 300 else FAR
    return 0 if same else -1


@njit(cache=True, nogil=True)
def units_apart(u, facts1, sounds1, v, facts2, sounds2, table, rows):
    """How far two units are apart, from 0 to `FAR`."""
    ruled = by_rule(u, facts1, sounds1, v, facts2, sounds2, table)
    if ruled >= 0:
        return ruled
    near = FAR
    concept, concept2 = facts1[u, CONCEPT], facts2[v, CONCEPT]
    if concept != 0 and concept == concept2:
        near = KIN_CONCEPT if KIN_FIRST <= concept < DISTINCT_FIRST else SAME_CONCEPT
    elif concept >= DISTINCT_FIRST and concept2 >= DISTINCT_FIRST:
        return FAR
    kind1, kind2 = facts1[u, KIND], facts2[v, KIND]
    if (kind1 == COMPOUND and kind2 > NAME and kind2 != COMPOUND) or (
        kind2 == COMPOUND and kind1 > NAME and kind1 != COMPOUND
    ):
        return near
    mixed = 1 if facts1[u, ABJAD] != facts2[v, ABJAD] else 0
    length1, length2 = facts1[u, TELLS + mixed], facts2[v, TELLS + mixed]
    scale = 500 + (length1 + length2) * 17 // 200
    limit = scale * PAIRED_MAX // 1000
    if abs(length1 - length2) > 2 * limit:
        return near
    start1, start2 = facts1[u, START], facts2[v, START]
    cost = sounds_apart(
        sounds1, start1, facts1[u, END] - start1, sounds2, start2, facts2[v, END] - start2, mixed, table, rows, limit
    )
    return min(near, cost * 1000 // scale)


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
                if apart[u, v] > PAIRED_MAX:
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
                gain = gain * 64 - abs(first1[u] * words2 - first2[v] * words1)
                if gain > best:
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


@njit(cache=True, nogil=True)
def groups_of(kind):
    """Which words may stand against which: 0 names, 1 numbers, 2 legal forms, 3 those that say nothing."""
    if kind == NUMBER:
        return 1
    if kind == FORM:
        return 2
    if kind in (PARTICLE, HONORIFIC):
        return 3
    return 0


@njit(cache=True, nogil=True)
def repeated(word, words, others, apart):
    """Whether a word only says again what its neighbour says."""
    for other in range(others):
        if apart[word, other] < 300:
            if (word > 0 and apart[word - 1, other] < 300) or (word + 1 < words and apart[word + 1, other] < 300):
                return True
    return False


@njit(cache=True, nogil=True)
def begins_with_other(kinds, matched):
    """Whether a name begins with a word that found no partner: a son bears his father's names after his own."""
    for word in range(len(kinds)):
        if kinds[word] not in (PARTICLE, HONORIFIC, KUNYA, COMPOUND, PREFIX):
            return matched[word] == 0
    return False


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def in_other_order(first1, kinds1, first2, pairs, count):
    """Whether the paired words stand in another order."""
    for n in range(count):
        for m in range(n):
            if groups_of(kinds1[pairs[n, 0]]) == 0 and groups_of(kinds1[pairs[m, 0]]) == 0:
                before1 = first1[pairs[n, 0]] < first1[pairs[m, 0]]
                if before1 != (first2[pairs[n, 1]] < first2[pairs[m, 1]]):
                    return True
    return False


@njit(cache=True, nogil=True)
def judged(
    first1, last1, unit_kinds1, kinds1, first2, last2, unit_kinds2, kinds2,
    apart, pairs, count, tells_absent, contradicts, weights, taken, matched1, matched2,
):  # fmt: skip
    """The score of paired names, and what each step took: `pairs[:, 3]`, and `taken`: other words, missing, order.

    `weights`: see `columns.PERSON_WEIGHTS`.
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
    if numbers1 > 0 and numbers2 > 0:
        taken[0] += weights[5]
    if forms1 > 0 and forms2 > 0:
        taken[0] += weights[6]
    taken[2] = weights[4] if in_other_order(first1, unit_kinds1, first2, pairs, count) else 0
    absent = abs(absent1 - absent2)
    share = absent / max(whole1, whole2, 1)
    taken[1] = round(weights[1] * share ** (weights[2] / 10.0))
    paired = min(paired, paired2)
    if paired <= 1 and share > 0.3:
        taken[1] += weights[3]
    if absent > 0 and taken[2] == 0 and paired >= 1:
        if begins_with_other(kinds1, matched1) if absent1 > absent2 else begins_with_other(kinds2, matched2):
            taken[1] += weights[8]
    if paired == 0 and (contradicted1 > 0 or contradicted2 > 0):
        return 0
    return max(0, 1000 - total - taken[0] - taken[1] - taken[2])


@njit(cache=True, nogil=True)
def all_apart(facts1, sounds1, facts2, sounds2, table, rows, apart):
    """Distances between all units of two names. Joined units stand against single words only."""
    for u in range(len(facts1)):
        for v in range(len(facts2)):
            if facts1[u, MANY] == 1 and facts2[v, MANY] == 1:
                apart[u, v] = FAR
            else:
                apart[u, v] = units_apart(u, facts1, sounds1, v, facts2, sounds2, table, rows)


@njit(cache=True, nogil=True)
def mixed_hash(value, code):
    """The next value of a running digest of 63 bits."""
    value = (value ^ (code + 1)) * 1099511628211
    return (value ^ (value >> 29)) & 0x3FFFFFFFFFFFFFFF


@njit(cache=True, nogil=True)
def skeleton_key(skeleton, length, left_out, salt):
    """A digest of a skeleton, with one consonant left out unless that is -1."""
    value = mixed_hash(14695981039346, salt)
    for place in range(length):
        if place != left_out:
            value = mixed_hash(value, skeleton[place])
    return value


@njit(cache=True, nogil=True)
def keys_of(u, facts, sounds, asked, table, skeleton, keys):
    """Under which keys a unit is found or, if `asked`, looked up; gives their number.

    The skeleton of its consonants: as it is; one shorter than another's or one longer; the same but for one in the
    same place. Its concept; its spelling, for acronyms. Joined words are found by their whole skeleton alone.
    """
    kind, many = facts[u, KIND], facts[u, MANY]
    if kind in (PARTICLE, FORM, INITIAL):
        return 0
    start, end = facts[u, START], facts[u, END]
    spelling = mixed_hash(mixed_hash(7, facts[u, SPELLING]), facts[u, SPELLING_REST])
    if kind == ACRONYM:
        keys[0] = spelling
        return 1
    length = 0
    classes = table.shape[1] + 3
    for place in range(start, end):
        code = table[classes, sounds[place]]
        if code != 0 and (length == 0 or skeleton[length - 1] != code or kind == NUMBER):
            skeleton[length] = code
            length += 1
    count = 1
    keys[0] = skeleton_key(skeleton, length, -1, 1)
    if length == 0:
        keys[0] = mixed_hash(keys[0], 100 + sounds[start])
    if many == 0 and length >= 3 and kind != NUMBER:
        if asked:
            keys[1] = skeleton_key(skeleton, length, -1, 2)
            count = 2
        for left_out in range(length):
            keys[count] = skeleton_key(skeleton, length, left_out, 1 if asked else 2)
            count += 1
            if length >= 4:
                keys[count] = skeleton_key(skeleton, length, left_out, 10 + left_out)
                count += 1
    if many == 0 and facts[u, CONCEPT] != 0:
        keys[count] = mixed_hash(facts[u, CONCEPT], 5)
        count += 1
    if many == 0 and 3 <= end - start <= 6 and facts[u, SPELLING] != 0 and kind == NAME:
        keys[count] = spelling
        count += 1
    return count


@njit(cache=True, nogil=True)
def all_keys(facts, sounds, table, keys, owners):
    """The keys of all units and whose they are, unsorted; gives how many. `keys` may be empty: then it only counts."""
    skeleton, own = np.zeros(64, np.int64), np.zeros(160, np.int64)
    count = 0
    for u in range(len(facts)):
        for n in range(keys_of(u, facts, sounds, False, table, skeleton, own)):
            if len(keys) > 0:
                keys[count], owners[count] = own[n], u
            count += 1
    return count


@njit(cache=True, nogil=True)
def gathered(facts1, sounds1, wanted, facts2, sounds2, keys, postings, table, tells_absent, scratch, base):
    """Names that share a word with the asked one: adds up the points of each, lists them in `touched`; gives how many.

    `scratch`: for each unit of the index the last query unit that met it, for each name the same, its points, the
    points of the present query unit; and the names touched. Query units are numbered on from `base`, so that nothing
    must be cleared in between.
    """
    key_values, key_starts, key_units = keys
    name_starts, names_of = postings
    met, met_by, points, lately, touched = scratch
    skeleton, own, rows = np.zeros(64, np.int64), np.zeros(160, np.int64), np.zeros((3, 40), np.int64)
    count = 0
    for u in range(len(facts1)):
        if wanted[u] == 0:
            continue
        stamp = base + u + 1
        for n in range(keys_of(u, facts1, sounds1, True, table, skeleton, own)):
            at = np.searchsorted(key_values, own[n])
            if at >= len(key_values) or key_values[at] != own[n]:
                continue
            for place in range(key_starts[at], key_starts[at + 1]):
                v = key_units[place]
                if met[v] == stamp or (facts2[v, MANY] == 1 and facts1[u, MANY] == 1):
                    continue
                met[v] = stamp
                apart = units_apart(u, facts1, sounds1, v, facts2, sounds2, table, rows)
                if apart > PAIRED_MAX:
                    continue
                gain = tells_absent[facts1[u, KIND]] * (1 + facts1[u, MANY]) * (2600 - apart) // 2600
                for entry in range(name_starts[v], name_starts[v + 1]):
                    name = names_of[entry]
                    if met_by[name] <= base:
                        points[name] = 0
                        touched[count] = name
                        count += 1
                    if met_by[name] != stamp:
                        met_by[name], lately[name] = stamp, 0
                    if gain > lately[name]:
                        points[name] += gain - lately[name]
                        lately[name] = gain
    return count


@njit(cache=True, nogil=True)
def best_of(count, scratch, totals, whole, most, weights, threshold):
    """Names that may reach the threshold, those with the most in common first, at most `most`.

    A word that was not met may still be near, but never so near that two of them would be forgiven.
    """
    _, _, points, _, touched = scratch
    likely = np.empty(count, np.int64)
    kept = 0
    for n in range(count):
        name = touched[n]
        total = max(totals[name], 1)
        have = min(points[name], whole, total)
        other_word = min(whole, total) - have
        absent = abs(whole - total) / max(whole, total)
        estimate = 1050 - int(weights[0] * other_word / 1000 + weights[1] * absent ** (weights[2] / 10.0))
        if estimate >= threshold:
            likely[kept] = estimate << 32 | name
            kept += 1
    chosen = np.sort(likely[:kept])[::-1]
    return chosen[:most] & 0xFFFFFFFF


@njit(cache=True, nogil=True)
def searched(one, wanted, index, table, weights, scratch, base, most, threshold, found):
    """Names of the index that score at least `threshold`, with their scores, into `found`; gives how many."""
    facts1, sounds1, first1, last1, kinds1 = one
    facts2, sounds2, keys, postings, unit_starts, unit_numbers, firsts, lasts, word_starts, word_kinds, totals = index
    tells_absent, contradicts, asked_weights = weights
    whole = 0
    for u in range(len(kinds1)):
        whole += tells_absent[kinds1[u]] if wanted[u] == 1 else 0
    count = gathered(
        facts1, sounds1, wanted, facts2, sounds2, keys, postings, table, tells_absent, scratch, base
    )  # fmt: skip
    rows, taken = np.zeros((3, 40), np.int64), np.zeros(3, np.int64)
    pairs = np.zeros((len(kinds1), 4), np.int64)
    matched1 = np.zeros(len(kinds1), np.uint8)
    unit_kinds1 = facts1[:, KIND].copy()
    answers = 0
    for name in best_of(count, scratch, totals, whole, most, asked_weights, threshold):
        start, end = unit_starts[name], unit_starts[name + 1]
        numbers = unit_numbers[start:end]
        first2, last2 = firsts[start:end], lasts[start:end]
        kinds2 = word_kinds[word_starts[name] : word_starts[name + 1]]
        apart = np.empty((len(first1), len(first2)), np.int64)
        unit_kinds2 = np.empty(len(numbers), np.int32)
        for v in range(len(numbers)):
            number = numbers[v]
            unit_kinds2[v] = facts2[number, KIND]
            for u in range(len(first1)):
                if facts1[u, MANY] == 1 and facts2[number, MANY] == 1:
                    apart[u, v] = FAR
                else:
                    apart[u, v] = units_apart(u, facts1, sounds1, number, facts2, sounds2, table, rows)
        paired = names_paired(
            first1, last1, unit_kinds1, len(kinds1), first2, last2, unit_kinds2, len(kinds2), apart, contradicts, pairs
        )
        score = judged(
            first1, last1, unit_kinds1, kinds1, first2, last2, unit_kinds2, kinds2,
            apart, pairs, paired, tells_absent, contradicts, asked_weights, taken,
            matched1, np.zeros(len(kinds2), np.uint8),
        )  # fmt: skip
        if score >= threshold:
            found[answers, 0], found[answers, 1] = name, score
            answers += 1
    return answers
