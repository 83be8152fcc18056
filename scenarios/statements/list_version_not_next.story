Story: List versions are the authority's, and counted without gaps

Authority acts to state a list version, number 2: rejected LIST_VERSION_NOT_NEXT
Authority acts to state a list version, number 1: admitted
Authority acts to state a list version, number 1: rejected LIST_VERSION_NOT_NEXT
Authority acts to state a list version, number 2: admitted
the newest list is version 2
Authority acts to state a notice, number 3: rejected LIST_VERSION_NOT_NEXT
