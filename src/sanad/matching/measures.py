"""How far two words are apart, compiled by Numba.

A *unit* is a word of a name, or two or three neighbours read as one. Units of a set of names are two columns: their
sounds one after the other (uint8), and a row of whole numbers for each (`facts`, int32): where its sounds start and
end, whether its script leaves out vowels (1) and whether a sound of it is written with two letters (2), its kind, its
concept, how much its sounds tell against a word of the like script and of the other, a digest of its Latin letters
(two numbers, 0 where there are none), whether it is of several words. So a unit is one line of memory, and few arrays
are handed on (each costs the compiled code a count of references). Distances are in thousandths of what still counts
as another spelling of the same word: 0 the same, 1000 doubtful, `FAR` something else.

`table`: a row for each sound with what it costs to hear another for it; then what it costs to lose each, between like
scripts and with an abjad; for a sound that two letters may write, of which the second is h, the first; coarse classes.
"""

from sanad.matching.compiling import compiled

START, END, ABJAD, KIND, CONCEPT, TELLS, TELLS_MIXED, SPELLING, SPELLING_REST, MANY = range(10)
NAME, PARTICLE, HONORIFIC, FORM, GENERIC, COMMON, NUMBER, INITIAL, KUNYA, ACRONYM, COMPOUND, PREFIX = range(12)
FAR = 1600
"""Words this far apart have nothing to do with one another."""
PAIRED_MAX = 1300
SAME_CONCEPT, KIN_CONCEPT, KIN_FIRST, DISTINCT_FIRST, INITIAL_FITS, ACRONYM_FITS = 60, 330, 10_000, 20_000, 250, 600
ARTICLE_LOST = 300
"""What it costs that a word begins with the article and the other does not."""
SWAPPED, HALVED, TWICE, TORN_MAX = 500, 40, 30, 2500
HAS_PAIR = 2
SOUND_L, SOUND_H = 19, 30
"""Codes of l and h in `sounds`."""


@compiled
def loss(sound, before, place, length, cost, mixed):
    """What it costs to lose a sound: little for one that follows itself.

    A first sound is seldom lost, nor is a last vowel, which an abjad does write.
    """
    if sound == before and place > 0:
        return TWICE
    if place == 0:
        return max(cost, 250 if sound <= 5 else 600)
    if place == length - 1 and 1 < sound <= 5 and mixed == 1:
        return max(cost, 400)
    return cost


@compiled
def sounds_apart(one, start1, length1, two, start2, length2, mixed, table, rows, limit):
    """Least cost of turning one word's sounds into the other's: hear for another, lose, or swap two neighbours."""
    sounds = table.shape[1]
    lost, halves = sounds + mixed, sounds + 2
    before, last, row = 0, 1, 2
    rows[last, 0] = 0
    for j in range(1, length2 + 1):
        sound2 = two[start2 + j - 1]
        before2 = two[start2 + max(j - 2, 0)]
        rows[last, j] = rows[last, j - 1] + loss(sound2, before2, j - 1, length2, table[lost, sound2], mixed)
    if length2 >= 5 and 1 <= two[start2] <= 2 and two[start2 + 1] == SOUND_L:
        rows[last, 2] = min(rows[last, 2], ARTICLE_LOST)
    article = length1 >= 5 and 1 <= one[start1] <= 2 and one[start1 + 1] == SOUND_L
    for i in range(1, length1 + 1):
        sound1 = one[start1 + i - 1]
        before1 = one[start1 + max(i - 2, 0)]
        cost1 = loss(sound1, before1, i - 1, length1, table[lost, sound1], mixed)
        rows[row, 0] = rows[last, 0] + cost1
        if article and i == 2:
            rows[row, 0] = min(rows[row, 0], ARTICLE_LOST)
        least = rows[row, 0]
        for j in range(1, length2 + 1):
            sound2 = two[start2 + j - 1]
            before2 = two[start2 + max(j - 2, 0)]
            best = rows[last, j - 1] + table[sound1, sound2]
            best = min(best, rows[last, j] + cost1)
            best = min(best, rows[row, j - 1] + loss(sound2, before2, j - 1, length2, table[lost, sound2], mixed))
            if i > 1 and j > 1 and sound1 == before2 and before1 == sound2:
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


@compiled
def by_letter(sounds, start, length, table, letters):
    """Writes the sounds down with sh, th and the like as two; gives how many there are."""
    count = 0
    for place in range(start, start + length):
        half = table[table.shape[1] + 2, sounds[place]]
        letters[count] = half if half != 0 else sounds[place]
        count += 1
        if half != 0:
            letters[count] = SOUND_H
            count += 1
    return count


@compiled
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


@compiled
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
    mixed = (facts1[u, ABJAD] ^ facts2[v, ABJAD]) & 1
    length1, length2 = facts1[u, TELLS + mixed], facts2[v, TELLS + mixed]
    scale = 500 + (length1 + length2) * 17 // 200
    limit = scale * PAIRED_MAX // 1000
    if abs(length1 - length2) > 2 * limit:
        return near
    start1, start2 = facts1[u, START], facts2[v, START]
    size1, size2 = facts1[u, END] - start1, facts2[v, END] - start2
    cost = sounds_apart(sounds1, start1, size1, sounds2, start2, size2, mixed, table, rows, limit)
    torn = (facts1[u, ABJAD] | facts2[v, ABJAD]) & HAS_PAIR
    if torn != 0 and mixed == 0 and SWAPPED < cost < TORN_MAX:
        # A slip of the hand may have torn apart letters that are one sound, s and h: look again letter by letter.
        long1 = by_letter(sounds1, start1, size1, table, rows[3])
        long2 = by_letter(sounds2, start2, size2, table, rows[4])
        if abs(long1 - long2) <= 1:
            cost = min(cost, sounds_apart(rows[3], 0, long1, rows[4], 0, long2, 0, table, rows, limit))
    return min(near, cost * 1000 // scale)


@compiled
def all_apart(facts1, sounds1, facts2, sounds2, table, rows, apart):
    """Distances between all units of two names. Joined units stand against single words only."""
    for u in range(len(facts1)):
        for v in range(len(facts2)):
            if facts1[u, MANY] == 1 and facts2[v, MANY] == 1:
                apart[u, v] = FAR
            else:
                apart[u, v] = units_apart(u, facts1, sounds1, v, facts2, sounds2, table, rows)
