package access

// Says is an event's kind as a clause, behind who it was.
func (k Kind) Says() string {
	switch k {
	case Refused:
		return "was refused"
	case SignedIn:
		return "signed in"
	case SignedOut:
		return "signed out"
	case SessionsEnded:
		return "ended somebody's sessions"
	case Searched:
		return "searched for an applicant"
	case Exported:
		return "exported a list"
	case Decoded:
		return "had payloads decoded"
	case KeyMade:
		return "made an API key"
	case KeyRotated:
		return "rotated an API key"
	case VendorPaused:
		return "paused a vendor"
	case VendorResumed:
		return "resumed a vendor"
	case PurgeAsked:
		return "had what is due by the retention table found"
	case PurgeApproved:
		return "approved a purge"
	case PurgePaused:
		return "paused a purge"
	case PurgeResumed:
		return "let a purge go on"
	case PurgeCanceled:
		return "called a purge off"
	case ProcessAsked:
		return "opened a case of legal process"
	case ProcessRuled:
		return "ruled on a case of legal process"
	case ProcessGiven:
		return "put together what a case of legal process asks for"
	case ProcessRead:
		return "opened the document of a case of legal process"
	case ProcessTold:
		return "noted that an applicant was told of legal process"
	case TicketOpened:
		return "opened a support ticket"
	case TicketClosed:
		return "closed a support ticket"
	case HoldSet:
		return "set a hold"
	case HoldReleased:
		return "released a hold"
	case KeyRevoked:
		return "revoked an API key"
	case EndpointAdded:
		return "added a webhook endpoint"
	case EndpointChanged:
		return "changed a webhook endpoint"
	case EndpointPaused:
		return "paused a webhook endpoint"
	case EndpointResumed:
		return "resumed a webhook endpoint"
	case EndpointRotated:
		return "gave a webhook endpoint a new secret"
	case EndpointRemoved:
		return "deleted a webhook endpoint"
	case LettersReplayed:
		return "sent dead letters again"
	}
	return string(k)
}
