package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// checkrEvent is an event about an object of a kind.
func checkrEvent(name, kind, id string, at time.Time) event {
	return event{Vendor: Checkr, ID: checkrID(), Type: name, About: kind + "/" + id, At: at}
}

// checkrTells builds an event's body, with the whole object (include_object), if
// it still is as the event says.
func (s *Sandbox) checkrTells(e event, now time.Time) (any, bool) {
	kind, id, _ := strings.Cut(e.About, "/")
	object, ok := s.checkrShow(kind, id, now)
	if e.Type == "invitation.deleted" {
		var i checkrInvitation
		i, ok = find[checkrInvitation](s, Checkr, kind, id)
		object = invitationJSON(i, now)
	}
	shown, _ := object.(map[string]any)
	switch status := shown["status"]; {
	case !ok,
		e.Type == "report.completed" && status != "complete",
		e.Type == "invitation.expired" && status != "expired",
		e.Type == "report.post_adverse_action" && shown["adjudication"] != "post_adverse_action":
		return nil, false
	}
	return map[string]any{"id": e.ID, "object": "event", "type": e.Type, "created_at": e.At, "webhook_url": nil,
		"data": map[string]any{"object": object}, "account_id": "5a5a5a5a5a5a5a5a5a5a5a5a"}, true
}

func signCheckr(s *Sandbox, h http.Header, body []byte, _ time.Time) {
	h.Set("X-Checkr-Signature", SignCheckr(s.cfg.Keys.CheckrKey, body))
	h.Set("User-Agent", "Checkr-Webhook/sandbox")
}

// SignCheckr gives the value of X-Checkr-Signature for a body, for tests that
// post events of their own.
func SignCheckr(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
