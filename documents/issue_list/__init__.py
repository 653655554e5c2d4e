"""The papers of the issue list: what is demanded, planned, reported, and the ledger of it all."""

from documents.issue_list.demand import issue_demand
from documents.issue_list.ledger import issue_ledger
from documents.issue_list.rectification import rectification_plan, rectification_report

__all__ = ["issue_demand", "issue_ledger", "rectification_plan", "rectification_report"]
