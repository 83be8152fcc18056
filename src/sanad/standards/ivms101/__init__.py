"""IVMS101, the data model of the Travel Rule: who pays whom through which institutions. Issues 2020 and 2023."""
