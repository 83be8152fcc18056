"""Who people are, whom they act for, what they may: accounts, memberships, roles, rights, invitations, the trail."""
