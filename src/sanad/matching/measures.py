"""How far two words are apart, compiled by Numba.

A *unit* is a word of a name, or two or three neighbours read as one. It is one row of sixteen whole numbers (int32),
so that all that is asked of it lies in one line of memory: how many sounds it has, its marks (1: its script leaves out
vowels, 2: a sound of it is written with two letters, 4: it is of several words), its kind, its concept, how much its
sounds tell against a word of the like script and of the other, a digest of its Latin letters (two numbers, 0 where
there are none), and its sounds, four in a number (`sound_of`). Distances are in thousandths of what still counts as
another spelling of the same word: 0 the same, 1000 doubtful, `FAR` something else.

`table`: a row for each sound with what it costs to hear another for it; then what it costs to lose each, between like
scripts and with an abjad; for a sound that two letters may write, of which the second is h, the first; coarse classes.
"""

import numpy as np

from sanad.matching.compiling import compiled, compiled_inline, compiled_lean

LENGTH, MARKS, KIND, CONCEPT, TELLS, TELLS_MIXED, SPELLING, SPELLING_REST, SOUNDS = range(9)
IS_ABJAD, HAS_PAIR, IS_MANY = 1, 2, 4
NAME, PARTICLE, HONORIFIC, FORM, GENERIC, COMMON, NUMBER, INITIAL, KUNYA, ACRONYM, COMPOUND, PREFIX = range(12)
DESCENT = 30_000
"""The concept of particles that say whose child somebody is."""
FAR = 1600
"""Words this far apart have nothing to do with one another."""
PAIRED_MAX = 1300
SAME_CONCEPT, KIN_CONCEPT, KIN_FIRST, DISTINCT_FIRST, INITIAL_FITS, ACRONYM_FITS = 60, 330, 10_000, 20_000, 250, 600
ARTICLE_LOST = 300
"""What it costs that a word begins with the article and the other does not."""
SWAPPED, HALVED, TWICE, TORN_MAX = 500, 40, 30, 2500
INITIAL_HEARD_MAX = 600
"""An initial may be read otherwise than the word: C. is Chen or Cecil, P. is Philip."""
NEVER = 1 << 24
SOUND_L, SOUND_H = 19, 30
"""Codes of l and h in `sounds`."""


LANES, LONGEST = 32, 80
"""So many units are compared with one at a time, each of at most so many sounds, written letter by letter or not."""
SIZES = 33
"""A unit has fewer sounds than this."""


@compiled_inline
def sound_of(units, u, place):
    """The sound of a unit at a place."""
    return (units[u, SOUNDS + (place >> 2)] >> ((place & 3) << 3)) & 255


@compiled_inline
def loss(sound, before, place, length, cost, mixed):
    """What it costs to lose a sound: little for one that follows itself.

    A first sound is seldom lost, nor is a last vowel, which an abjad does write.
    """
    if place > 0 and sound == before:
        return TWICE
    if place == 0:
        return max(cost, 250 if sound <= 5 else 600)
    if place == length - 1 and 1 < sound <= 5 and mixed == 1:
        return max(cost, 400)
    return cost


@compiled_lean
def said(length, mixed, table, own, own_losses):
    """Takes up the unit that all lanes are compared with; what a sound costs depends on the script of each lane."""
    lost = table.shape[1]
    for place in range(length):
        sound, before = own[place], own[max(place - 1, 0)]
        same = loss(sound, before, place, length, table[lost, sound], 0)
        other = loss(sound, before, place, length, table[lost + 1, sound], 1)
        for lane in range(LANES):
            own_losses[place, lane] = other if mixed[lane] == 1 else same


@compiled_lean
def heard(lane, letters, length, mixed, table, others, losses):
    """Puts sounds into a lane."""
    lost = table.shape[1] + mixed
    before = letters[0]
    for place in range(length):
        sound = letters[place]
        others[place, lane] = sound
        losses[place, lane] = loss(sound, before, place, length, table[lost, sound], mixed)
        before = sound


@compiled_inline
def heard_for(near, costs, others, most):
    """What it costs to hear a sound for those of each lane. A loop of its own: no lanes are looked up side by side.

    And a whole row at once: what was just written in pieces cannot be read at once.
    """
    for j in range(most):
        for lane in range(LANES):
            near[j, lane] = costs[np.uint32(others[j, lane])]


@compiled_inline
def best_so_far(best, diagonal, above, left, near, own_losses, losses):
    """One cell in all lanes: hear one sound for the other, or lose either."""
    for lane in range(LANES):
        cost = np.int32(diagonal[lane] + near[lane])
        cost = min(cost, np.int32(above[lane] + own_losses[lane]))
        best[lane] = min(cost, np.int32(left[lane] + losses[lane]))


@compiled_inline
def swapped(best, before, others, others_before, sound, sound_before):
    """Two neighbours that changed places."""
    for lane in range(LANES):
        is_other = (others[lane] ^ sound_before) | (others_before[lane] ^ sound)
        cost = np.int32(before[lane] + (SWAPPED if is_other == 0 else NEVER))
        best[lane] = min(best[lane], cost)


@compiled_lean
def row_of_costs(i, most, row, last, before, sound, sound_before, own_losses, lanes, table):
    """The costs of a unit's first sounds, up to number `i`, against all beginnings of the others."""
    _, _, others, losses, rows, _, _, _, _, _, _, _, _ = lanes
    near, half = rows[3], table[table.shape[1] + 2, sound]
    heard_for(near, table[sound], others, most)
    for j in range(most):
        best = row[j + 1]
        best_so_far(best, last[j], last[j + 1], row[j], near[j], own_losses, losses[j])
        if i > 0 and j > 0:
            swapped(best, before[j - 1], others[j], others[j - 1], sound, sound_before)
        if j > 0 and half != 0:
            for lane in range(LANES):
                if others[j, lane] == SOUND_H:
                    best[lane] = min(best[lane], last[j - 1, lane] + table[half, others[j - 1, lane]] + HALVED)
        if i > 0 and sound == SOUND_H:
            for lane in range(LANES):
                first = table[table.shape[1] + 2, others[j, lane]]
                if first != 0:
                    best[lane] = min(best[lane], before[j + 1, lane] + table[first, sound_before] + HALVED)


@compiled_lean
def sounds_apart(length, most, lanes, table):
    """Least cost of turning a unit's sounds into those of each lane, at most `most`, into `costs`.

    Hear one for another, lose one, swap two neighbours, take two letters for the sound that they may write; a first
    article is lost as a whole.
    """
    own, own_losses, others, losses, rows, sizes, _, costs, _, _, _, _, _ = lanes
    before, last, row = 0, 1, 2
    rows[last, 0] = 0
    for j in range(most):
        for lane in range(LANES):
            rows[last, j + 1, lane] = rows[last, j, lane] + losses[j, lane]
    for lane in range(LANES):
        if sizes[lane] >= 5 and 1 <= others[0, lane] <= 2 and others[1, lane] == SOUND_L:
            rows[last, 2, lane] = min(rows[last, 2, lane], ARTICLE_LOST)
    has_article = length >= 5 and 1 <= own[0] <= 2 and own[1] == SOUND_L
    for i in range(length):
        for lane in range(LANES):
            rows[row, 0, lane] = rows[last, 0, lane] + own_losses[i, lane]
            if has_article and i == 1:
                rows[row, 0, lane] = min(rows[row, 0, lane], ARTICLE_LOST)
        sound, sound_before = np.int32(own[i]), np.int32(own[max(i - 1, 0)])
        row_of_costs(i, most, rows[row], rows[last], rows[before], sound, sound_before, own_losses[i], lanes, table)
        before, last, row = last, row, before
    for lane in range(LANES):
        costs[lane] = rows[last, sizes[lane], lane]


@compiled_lean
def by_letter(letters, length, table, spelled_out):
    """Writes sounds down with sh, th and the like as two; gives how many there are."""
    count = 0
    for place in range(length):
        half = table[table.shape[1] + 2, letters[place]]
        spelled_out[count] = half if half != 0 else letters[place]
        count += 1
        if half != 0:
            spelled_out[count] = SOUND_H
            count += 1
    return count


@compiled_lean
def copied(units, u, letters):
    """Writes down the sounds of a unit; gives how many."""
    length = units[u, LENGTH]
    for place in range(length):
        letters[place] = sound_of(units, u, place)
    return length


@compiled_lean
def by_rule(u, units1, v, units2, table):
    """How far two units are apart where a rule says it; -1 where the sounds must be compared.

    Joined units stand against single words only.
    """
    kind1, kind2 = units1[u, KIND], units2[v, KIND]
    if units1[u, MARKS] & units2[v, MARKS] & IS_MANY != 0:
        return FAR
    if (kind1 == PARTICLE) != (kind2 == PARTICLE) or (kind1 == FORM) != (kind2 == FORM):
        return FAR
    same = units1[u, SPELLING] == units2[v, SPELLING] and units1[u, SPELLING_REST] == units2[v, SPELLING_REST]
    same = same and units1[u, SPELLING] != 0
    if kind1 == ACRONYM or kind2 == ACRONYM:
        return ACRONYM_FITS if same and kind1 != kind2 else FAR
    if kind1 in (NUMBER, FORM) or kind2 == NUMBER:
        if kind1 != kind2 or units1[u, LENGTH] != units2[v, LENGTH]:
            return FAR
        for number in range(SOUNDS, units1.shape[1]):
            if units1[u, number] != units2[v, number]:
                return FAR
        return 0
    if kind1 == INITIAL or kind2 == INITIAL:
        first = table[sound_of(units1, u, 0), sound_of(units2, v, 0)]
        if kind1 == kind2:
            return 0 if first == 0 else FAR
        return INITIAL_FITS + min(first, 300) if first <= INITIAL_HEARD_MAX else FAR
    return 0 if same else -1


@compiled_lean
def before_listening(u, units1, v, units2, table):
    """How far two units are apart as far as can be said without their sounds; and whether those must be compared."""
    ruled = by_rule(u, units1, v, units2, table)
    if ruled >= 0:
        return ruled, False
    near = FAR
    concept, concept2 = units1[u, CONCEPT], units2[v, CONCEPT]
    if concept != 0 and concept == concept2:
        near = KIN_CONCEPT if KIN_FIRST <= concept < DISTINCT_FIRST else SAME_CONCEPT
    elif concept >= DISTINCT_FIRST and concept2 >= DISTINCT_FIRST:
        return FAR, False
    kind1, kind2 = units1[u, KIND], units2[v, KIND]
    if (kind1 == COMPOUND and kind2 > NAME and kind2 != COMPOUND) or (
        kind2 == COMPOUND and kind1 > NAME and kind1 != COMPOUND
    ):
        return near, False
    mixed = (units1[u, MARKS] ^ units2[v, MARKS]) & IS_ABJAD
    length1, length2 = units1[u, TELLS + mixed], units2[v, TELLS + mixed]
    limit = scale_of(u, units1, v, units2, mixed) * PAIRED_MAX // 1000
    return near, abs(length1 - length2) <= 2 * limit


@compiled_lean
def scale_of(u, units1, v, units2, mixed):
    """What still counts as another spelling of the same word: more, the more the words tell."""
    return 500 + (units1[u, TELLS + mixed] + units2[v, TELLS + mixed]) * 17 // 200


@compiled_lean
def listened(u, units1, candidates, taken, units2, table, lanes, apart, torn):
    """Compares a unit with the candidates that wait in the lanes by their sounds.

    A slip of the hand may have torn apart letters that are one sound, s and h. Candidates for which that may be are
    added to those that wait to be compared letter by letter; gives how many.
    """
    own, own_losses, others, losses, _, sizes, mixed, costs, which, again, letters, _, _ = lanes
    most = 0
    for lane in range(taken):
        v = candidates[which[lane]]
        sizes[lane] = copied(units2, v, letters[1])
        mixed[lane] = (units1[u, MARKS] ^ units2[v, MARKS]) & IS_ABJAD
        heard(lane, letters[1], sizes[lane], mixed[lane], table, others, losses)
        most = max(most, sizes[lane])
    size1 = copied(units1, u, own)
    said(size1, mixed, table, own, own_losses)
    sounds_apart(size1, most, lanes, table)
    for lane in range(taken):
        n = which[lane]
        v = candidates[n]
        apart[n] = min(apart[n], costs[lane] * 1000 // scale_of(u, units1, v, units2, mixed[lane]))
        has_pair = (units1[u, MARKS] | units2[v, MARKS]) & HAS_PAIR
        if has_pair != 0 and mixed[lane] == 0 and SWAPPED < costs[lane] < TORN_MAX:
            again[torn] = n
            torn += 1
    return torn


@compiled_lean
def spelled(u, units1, candidates, torn, units2, table, lanes, apart):
    """Compares a unit letter by letter with the first candidates that wait for it; gives how many still wait."""
    own, own_losses, others, losses, _, sizes, mixed, costs, which, again, letters, _, _ = lanes
    taken, most, now = 0, 0, min(torn, LANES)
    size1 = by_letter(letters[1], copied(units1, u, letters[1]), table, own)
    for place in range(now):
        v = candidates[again[place]]
        size2 = by_letter(letters[1], copied(units2, v, letters[1]), table, letters[0])
        if abs(size1 - size2) <= 1:
            which[taken], sizes[taken], mixed[taken] = again[place], size2, 0
            heard(taken, letters[0], size2, 0, table, others, losses)
            most = max(most, size2)
            taken += 1
    said(size1, mixed, table, own, own_losses)
    sounds_apart(size1, most, lanes, table)
    for lane in range(taken):
        n = which[lane]
        apart[n] = min(apart[n], costs[lane] * 1000 // scale_of(u, units1, candidates[n], units2, 0))
    for place in range(now, torn):
        again[place - now] = again[place]
    return torn - now


@compiled_lean
def filled(size, taken, lanes):
    """Moves those of one length that wait into the lanes, from lane `taken` on; gives how many there are then."""
    which, waiting, waits = lanes[8], lanes[11], lanes[12]
    while waits[size] > 0 and taken < LANES:
        waits[size] -= 1
        which[taken] = waiting[size, waits[size]]
        taken += 1
    return taken


@compiled_lean
def many_apart(u, units1, candidates, count, units2, table, lanes, apart):
    """How far a unit is from each of `count` candidates, from 0 to `FAR` or more, into `apart`.

    Those of one length are compared together, or the short ones would wait for the long.
    """
    waiting, waits, torn = lanes[11], lanes[12], 0
    for n in range(count):
        apart[n], must_listen = before_listening(u, units1, candidates[n], units2, table)
        if must_listen:
            size = units2[candidates[n], LENGTH]
            waiting[size, waits[size]] = n
            waits[size] += 1
            if waits[size] == LANES:
                taken = filled(size, 0, lanes)
                torn = listened(u, units1, candidates, taken, units2, table, lanes, apart, torn)
                while torn >= LANES:
                    torn = spelled(u, units1, candidates, torn, units2, table, lanes, apart)
    size, taken = 0, 0
    while size < SIZES:
        taken = filled(size, taken, lanes)
        size += waits[size] == 0
        if taken == LANES or (size == SIZES and taken > 0):
            torn = listened(u, units1, candidates, taken, units2, table, lanes, apart, torn)
            taken = 0
            while torn >= LANES:
                torn = spelled(u, units1, candidates, torn, units2, table, lanes, apart)
    while torn > 0:
        torn = spelled(u, units1, candidates, torn, units2, table, lanes, apart)


@compiled
def all_apart(units1, units2, table, lanes, apart):
    """Distances between all units of two names."""
    everyone = np.arange(len(units2))
    for u in range(len(units1)):
        many_apart(u, units1, everyone, len(units2), units2, table, lanes, apart[u])
