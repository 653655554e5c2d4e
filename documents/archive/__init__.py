"""一校一档: the whole file of one case as it goes into the archive - cover, index, every letter as
pages, scores, issues, evidence, log - in one PDF/A, and the issued files themselves beside it."""
