"""Which names of an index share words with a name, and how the likeliest of them score; compiled by Numba."""

import numpy as np

from sanad.matching.compiling import compiled, compiled_lean
from sanad.matching.measures import (
    ACRONYM,
    CONCEPT,
    DESCENT,
    FORM,
    INITIAL,
    IS_ABJAD,
    IS_MANY,
    KIND,
    LENGTH,
    MARKS,
    NAME,
    NUMBER,
    PAIRED_MAX,
    PARTICLE,
    SOUND_H,
    SPELLING,
    SPELLING_REST,
    many_apart,
    sound_of,
)
from sanad.matching.pairing import judged, names_paired, says_descent

ABJADS, OTHERS, FINE = 1_000, 2_000, 3_000
"""What keys are salted with: words without vowels, all others, and these once more by finer classes."""
WHOLE, WITHOUT_ONE, ANY_ORDER, ANOTHER = 1, 2, 3, 10
LONG = 5
"""Words of so many consonants are like few others: they are taken coarsely, too."""
POINTS, OF_WORDS = range(2)
"""A tally: the points of a name, and of these the points of each query word."""
SLOT_BITS = 32
FAR_ENOUGH, LEAST_WEIGHT = 1000, 900
MET_WORTH = 2600
"""A word that is met counts for as much of itself as its distance is less than this."""
KEY_BITS, BUCKET_BITS = 62, 18
"""Keys are digests of so many bits; in order, those that begin with the same bits are one bucket."""
KEYS_MAX = 640
"""No unit has more keys: some four for each of its consonants in each of four ways."""


@compiled_lean
def mixed_hash(value, code):
    """The next value of a running digest of `KEY_BITS` bits."""
    value = (value ^ (code + 1)) * 1099511628211
    return (value ^ (value >> 29)) & 0x3FFFFFFFFFFFFFFF


@compiled_lean
def skeleton_key(skeleton, length, left_out, salt):
    """A digest of a skeleton, with one consonant left out unless that is -1."""
    value = mixed_hash(14695981039346, salt)
    for place in range(length):
        if place != left_out:
            value = mixed_hash(value, skeleton[place])
    return value


@compiled_lean
def any_order_key(skeleton, length, salt):
    """A digest of two or three consonants, whatever their order."""
    least, most, total = skeleton[0], skeleton[0], 0
    for place in range(length):
        least, most, total = min(least, skeleton[place]), max(most, skeleton[place]), total + skeleton[place]
    return mixed_hash(mixed_hash(mixed_hash(mixed_hash(14695981039346, salt), least), most), total * 4 + length)


@compiled_lean
def skeleton_of(u, units, classes, skeleton):
    """Writes down the classes of a unit's consonants, one that follows itself once; gives how many."""
    length = 0
    for place in range(units[u, LENGTH]):
        code = classes[sound_of(units, u, place)]
        if code != 0 and (length == 0 or skeleton[length - 1] != code or units[u, KIND] == NUMBER):
            skeleton[length] = code
            length += 1
    return length


@compiled_lean
def near_keys(skeleton, length, asked, space, only, keys, count):
    """Keys under which a skeleton is found that is not quite the same; gives how many there are then.

    One consonant shorter or longer; another one in the same place or the next; two or three in any order. What is kept
    as it is can be asked for with one left out, and the other way round. `only`: leave out this class alone, if not 0.
    """
    if length >= 3:
        if asked and only == 0:
            keys[count] = skeleton_key(skeleton, length, -1, space + WITHOUT_ONE)
            count += 1
        for left_out in range(length):
            if only != 0 and skeleton[left_out] != only:
                continue
            keys[count] = skeleton_key(skeleton, length, left_out, space + (WHOLE if asked else WITHOUT_ONE))
            count += 1
            if length >= 4 and only == 0:
                for place in range(left_out - 1 if asked else left_out, left_out + 2 if asked else left_out + 1):
                    keys[count] = skeleton_key(skeleton, length, left_out, space + ANOTHER + place)
                    count += 1
    if 2 <= length <= 3 and only == 0:
        keys[count] = any_order_key(skeleton, length, space + ANY_ORDER)
        count += 1
    return count


@compiled_lean
def keys_of(u, units, asked, table, skeleton, keys):
    """Under which keys a unit is found or, if `asked`, looked up; gives their number.

    The skeleton of its consonants, as it is and nearly (see `near_keys`); its concept; its spelling, for acronyms.
    Nearly the same is taken coarsely where one of two words is written without vowels or is long, else finely, or too
    many would have to be compared; but an h may be lost from any. Joined words are found by their whole skeleton
    alone, long ones also by a word with one consonant more.
    """
    kind, is_many, is_abjad = units[u, KIND], units[u, MARKS] & IS_MANY != 0, units[u, MARKS] & IS_ABJAD != 0
    if kind in (PARTICLE, FORM, INITIAL):
        return 0
    spelling = mixed_hash(mixed_hash(7, units[u, SPELLING]), units[u, SPELLING_REST])
    if kind == ACRONYM:
        keys[0] = spelling
        return 1
    coarse = table.shape[1] + 3
    length = skeleton_of(u, units, table[coarse], skeleton)
    keys[0] = skeleton_key(skeleton, length, -1, WHOLE)
    if length == 0:
        keys[0] = mixed_hash(keys[0], 100 + sound_of(units, u, 0))
    count, own = 1, ABJADS if is_abjad else OTHERS
    if is_many:
        if not asked and length >= LONG - 1:
            keys[count] = skeleton_key(skeleton, length, -1, own + WHOLE)
            count += 1
        return count
    if kind != NUMBER:
        if not asked:
            keys[count] = skeleton_key(skeleton, length, -1, own + WHOLE)
            count = near_keys(skeleton, length, False, own, 0, keys, count + 1)
        else:
            count = near_keys(skeleton, length, True, ABJADS, 0, keys, count)
            only = 0 if is_abjad or length >= LONG else table[coarse, SOUND_H]
            count = near_keys(skeleton, length, True, OTHERS, only, keys, count)
        if not is_abjad:
            length = skeleton_of(u, units, table[coarse + 1], skeleton)
            if not asked:
                keys[count] = skeleton_key(skeleton, length, -1, FINE + WHOLE)
                count += 1
            count = near_keys(skeleton, length, asked, FINE, 0, keys, count)
    if units[u, CONCEPT] != 0:
        keys[count] = mixed_hash(units[u, CONCEPT], 5)
        count += 1
    if 3 <= units[u, LENGTH] <= 6 and units[u, SPELLING] != 0 and kind == NAME:
        keys[count] = spelling
        count += 1
    return count


@compiled
def all_keys(units, table, keys, owners):
    """The keys of all units and whose they are, unsorted; gives how many. `keys` may be empty: then it only counts."""
    skeleton, own = np.zeros(64, np.int64), np.zeros(KEYS_MAX, np.int64)
    count = 0
    for u in range(len(units)):
        for n in range(keys_of(u, units, False, table, skeleton, own)):
            if len(keys) > 0:
                keys[count], owners[count] = own[n], u
            count += 1
    return count


@compiled_lean
def credited(tally, first, last, apart, kinds, tells_absent):
    """Credits a name with the query words from first to last, which one of its units resembles; each word once."""
    for word in range(first, last + 1):
        gain = tells_absent[kinds[word]] * (MET_WORTH - apart) // MET_WORTH
        if gain > tally[OF_WORDS + word]:
            tally[POINTS] += gain - tally[OF_WORDS + word]
            tally[OF_WORDS + word] = gain


@compiled_lean
def met_by_unit(u, units1, units2, keys, table, met, stamp, skeleton, own, candidates):
    """Units of the index that have a key in common with a unit of the name, each once; gives how many."""
    key_values, key_buckets, key_starts, key_units = keys
    count = 0
    for n in range(keys_of(u, units1, True, table, skeleton, own)):
        bucket = own[n] >> KEY_BITS - BUCKET_BITS
        at, end = key_buckets[bucket], key_buckets[bucket + 1]
        while at < end and key_values[at] < own[n]:
            at += 1
        if at == end or key_values[at] != own[n]:
            continue
        for place in range(key_starts[at], key_starts[at + 1]):
            v = key_units[place]
            if met[v] != stamp and units1[u, MARKS] & units2[v, MARKS] & IS_MANY == 0:
                met[v] = stamp
                candidates[count] = v
                count += 1
    return count


@compiled
def gathered(one, wanted, units2, keys, postings, table, tells_absent, scratch, rooms, base, until):
    """Names that share a word with the asked one: adds up the points of each, lists them in `touched`; gives how many.

    `scratch`: for each unit of the index the last query unit that met it; for each name the last query that met it, and
    which in turn it was then; the tally of each in its turn, and its name; units to compare with, and how far they are.
    Query units are numbered on from `base`, so that little must be cleared in between.
    `until`: how far a word may be away to be met.
    """
    units1, first1, last1, kinds1 = one
    name_starts, names_of = postings
    met, slots, tallies, touched, candidates, apart = scratch
    skeleton, own = np.zeros(64, np.int64), np.zeros(KEYS_MAX, np.int64)
    count = 0
    for u in range(len(units1)):
        if wanted[u] == 0:
            continue
        found = met_by_unit(u, units1, units2, keys, table, met, base + u, skeleton, own, candidates)
        many_apart(u, units1, candidates, found, units2, table, rooms, until, apart)
        for n in range(found):
            if apart[n] >= until:
                continue
            v = candidates[n]
            for entry in range(name_starts[v], name_starts[v + 1]):
                name = names_of[entry]
                if slots[name] >> SLOT_BITS != base:
                    slots[name] = base << SLOT_BITS | count
                    tallies[count, : OF_WORDS + len(kinds1)] = 0
                    touched[count] = name
                    count += 1
                tally = tallies[slots[name] & (1 << SLOT_BITS) - 1]
                credited(tally, first1[u], last1[u], apart[n], kinds1, tells_absent)
    return count


@compiled_lean
def apart_at_least(tally, tells):
    """How far the query words are from those they met, taken together: two of them may have met one word."""
    dearest, total = 0, 0
    for word in range(len(tells)):
        gain = tally[OF_WORDS + word]
        if gain > 0:
            apart = MET_WORTH - gain * MET_WORTH // tells[word]
            dearest, total = max(dearest, apart), total + apart
    return max(dearest, total // 2)


@compiled
def best_of(count, scratch, totals, whole, tells, unmet, most, weights, threshold):
    """Names that may reach the threshold, those with the most in common first, at most `most`.

    `tells`: what each query word tells. `unmet`: what one costs that nothing was met for. It may still be near, the
    likelier the shorter it is. What is absent may have been written together with it.
    """
    _, _, tallies, touched, _, _ = scratch
    likely = np.empty(count, np.int64)
    least = weights[0] * LEAST_WEIGHT * (2.0 / max(len(unmet), 2)) ** (weights[7] / 1000.0) / 1_000_000.0
    kept = 0
    for n in range(count):
        name = touched[n]
        tally = tallies[n]
        points = tally[POINTS]
        spellings = least * apart_at_least(tally, tells)
        missing1 = whole - min(points, whole)
        missing2 = max(totals[name] - points, 0)
        taken = 0.0
        if missing1 > 0 and missing2 > 0:
            for word in range(len(unmet)):
                if tally[OF_WORDS + word] == 0:
                    taken += unmet[word]
            taken *= min(missing1, missing2) / missing1
        if taken + spellings > 1050 - threshold:
            continue
        missing = 0.0
        if min(missing1, missing2) < 600 or abs(missing1 - missing2) > 1200:
            absent = abs(missing1 - missing2) / max(whole, totals[name], 1)
            missing = weights[1] * absent ** (weights[2] / 10.0)
        taken += max(spellings, missing)
        estimate = 1050 - int(taken)
        if estimate >= threshold:
            closeness = min(points, whole) * 4000 // max(whole, totals[name], 1)
            likely[kept] = (estimate << 12 | closeness) << 32 | name
            kept += 1
    chosen = np.sort(likely[:kept])[::-1]
    return chosen[:most] & 0xFFFFFFFF


@compiled
def units_of_names(names, unit_starts, unit_numbers, met, stamp, places, numbers):
    """The units of these names, each once, and the place of each; gives how many. `met`: see `gathered`."""
    count = 0
    for name in names:
        for entry in range(unit_starts[name], unit_starts[name + 1]):
            number = unit_numbers[entry]
            if met[number] != stamp:
                met[number] = stamp
                places[number] = count
                numbers[count] = number
                count += 1
    return count


@compiled
def looked_up(units, words, kinds, rather_not):
    """Which units are looked up: those of these kinds or, if no single word is, also those of the others."""
    wanted = np.zeros(len(units), np.uint8)
    for chosen in (kinds, kinds | rather_not):
        for u in range(len(units)):
            wanted[u] = chosen >> units[u, KIND] & 1
        if wanted[:words].any():
            break
    return wanted


@compiled
def searched(one, chosen, index, table, weights, scratch, places, rooms, base, most, threshold, found):
    """Names of the index that score at least `threshold`, with their scores, into `found`; gives how many."""
    units1, first1, last1, kinds1 = one
    units2, keys, postings, unit_starts, unit_numbers, firsts, lasts, word_starts, word_kinds, totals = index
    tells_absent, contradicts, asked_weights = weights
    wanted = looked_up(units1, len(kinds1), chosen[0], chosen[1])
    whole = 0
    tells, unmet = np.zeros(len(kinds1), np.int64), np.zeros(len(kinds1), np.int64)
    for u in range(len(kinds1)):
        tells[u] = tells_absent[kinds1[u]]
        if wanted[u] == 1:
            whole += tells[u]
            long = units1[u, LENGTH] > 5
            unmet[u] = asked_weights[0] * (1300 if long else 900) // 1000 * tells[u] // 1000
    # A word a whole consonant away may cost more than the name may lose altogether: then it need not be met.
    until = FAR_ENOUGH if asked_weights[0] * LEAST_WEIGHT // 1000 > 1000 - threshold else PAIRED_MAX
    count = gathered(one, wanted, units2, keys, postings, table, tells_absent, scratch, rooms, base, until)
    likely = best_of(count, scratch, totals, whole, tells, unmet, most, asked_weights, threshold)
    numbers = scratch[4]
    units = units_of_names(likely, unit_starts, unit_numbers, scratch[0], base + len(units1), places, numbers)
    far = np.empty((len(units1), units), np.int64)
    for u in range(len(units1)):
        many_apart(u, units1, numbers, units, units2, table, rooms, PAIRED_MAX + 1, far[u])
    taken = np.zeros(3, np.int64)
    pairs = np.zeros((len(kinds1), 4), np.int64)
    matched1 = np.zeros(len(kinds1), np.uint8)
    unit_kinds1, of_descent1 = units1[:, KIND].copy(), says_descent(units1, len(kinds1))
    answers = 0
    for name in likely:
        start, end = unit_starts[name], unit_starts[name + 1]
        first2, last2 = firsts[start:end], lasts[start:end]
        kinds2 = word_kinds[word_starts[name] : word_starts[name + 1]]
        apart = np.empty((len(first1), len(first2)), np.int64)
        unit_kinds2 = np.empty(len(first2), np.int32)
        of_descent2 = False
        for v in range(len(first2)):
            number = unit_numbers[start + v]
            unit_kinds2[v] = units2[number, KIND]
            if 0 < v < len(kinds2) - 1 and units2[number, KIND] == PARTICLE and units2[number, CONCEPT] == DESCENT:
                of_descent2 = True
            for u in range(len(first1)):
                apart[u, v] = far[u, places[number]]
        paired = names_paired(
            first1, last1, unit_kinds1, len(kinds1), first2, last2, unit_kinds2, len(kinds2), apart, contradicts, pairs
        )
        score = judged(
            first1, last1, unit_kinds1, kinds1, first2, last2, unit_kinds2, kinds2,
            apart, pairs, paired, tells_absent, contradicts, asked_weights, taken,
            matched1, np.zeros(len(kinds2), np.uint8), of_descent1 and of_descent2,
        )  # fmt: skip
        if score >= threshold:
            found[answers, 0], found[answers, 1] = name, score
            answers += 1
    return answers
