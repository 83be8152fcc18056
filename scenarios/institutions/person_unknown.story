Story: A person who is not there, or no longer, gets no key

Amina proposes to dismiss Nobody: rejected PERSON_UNKNOWN
Imran and Iqra decide to enrol Zara of Indus
Imran and Iqra decide to dismiss Zara
Imran proposes to dismiss Zara: rejected PERSON_UNKNOWN
Imran proposes to register key ZaraKey of Zara to read: rejected PERSON_UNKNOWN
