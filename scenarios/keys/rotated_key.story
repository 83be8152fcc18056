Story: A rotated key has the scope of the old one, which ends with it

Imran acts to rotate to key ImranNew
Imran proposes to enrol Zara of Indus: refused key
ImranNew and Iqra decide to enrol Zara of Indus
# The person is the same: he cannot confirm what he proposed with the old key.
Iqra acts to rotate to key IqraNew
ImranNew proposes to enrol Yasir of Indus, as Yasir: admitted
ImranNew acts to rotate to key ImranNewer
ImranNewer confirms Yasir: rejected SAME_PERSON
IqraNew confirms Yasir: admitted
