"""The papers of self-assessment: the handbook, a school's report, and a round's own accounts."""

from documents.self_assessment.annual_bulletin import annual_bulletin
from documents.self_assessment.handbook import self_assessment_handbook
from documents.self_assessment.report import self_assessment_report
from documents.self_assessment.special_report import special_report

__all__ = [
    "annual_bulletin",
    "self_assessment_handbook",
    "self_assessment_report",
    "special_report",
]
