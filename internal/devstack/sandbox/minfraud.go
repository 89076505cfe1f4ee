package sandbox

import (
	"encoding/json"
	"net/http"
	"net/netip"

	"github.com/google/uuid"
)

// ipSteer steers by the address that an applicant comes from.
type ipSteer struct {
	ip      string
	risk    float64
	warning string // its code
	action  string // what a rule of the account says
	refused bool   // no funds are left
	once    bool   // the first look-up is told to wait
	outcome string
}

// lowRisk is what any other address has. MaxMind calls the addresses below, and
// loopback and private ones, reserved; here they are as good as any other, since on
// one machine people come from 127.0.0.1.
const lowRisk = 0.1

// ipSteers are of the ranges that RFC 5737 reserves for examples.
var ipSteers = []ipSteer{
	{ip: "203.0.113.66", risk: 90, outcome: "high risk: 90 in a hundred"},
	{ip: "203.0.113.50", risk: 50, outcome: "half and half: 50 in a hundred, which is the threshold when the program names none"},
	{ip: "203.0.113.30", risk: 30, outcome: "some risk, under the threshold: 30 in a hundred"},
	{ip: "198.51.100.10", risk: lowRisk, warning: "IP_ADDRESS_RESERVED", outcome: "of no use: not an address of the public internet"},
	{ip: "198.51.100.20", risk: lowRisk, warning: "IP_ADDRESS_NOT_FOUND", outcome: "of no use: MaxMind does not know it"},
	{ip: "198.51.100.30", risk: lowRisk, action: "manual_review", outcome: "low risk, but a rule of the account at MaxMind asks for a look"},
	{ip: "198.51.100.40", refused: true, outcome: "refused: the account has no funds left (402)"},
	{ip: "198.51.100.50", risk: lowRisk, once: true, outcome: "low risk, after the first look-up was told to wait a second (503)"},
}

func steerIP(ip netip.Addr) ipSteer {
	for _, s := range ipSteers {
		if s.ip == ip.String() {
			return s
		}
	}
	return ipSteer{risk: lowRisk}
}

// The kinds of MaxMind's answers.
const (
	maxMindScoreKind = "application/vnd.maxmind.com-minfraud-score+json; charset=UTF-8; version=2.0"
	maxMindErrorKind = "application/vnd.maxmind.com-error+json; charset=UTF-8; version=2.0"
)

// maxMindScore is POST /minfraud/v2.0/score.
func (s *Sandbox) maxMindScore(x *exchange) answer {
	refuse := func(status int, code, message string) answer { return failure(MaxMind, status, code, message, "") }
	for name := range x.query {
		x.entry.sent(name)
	}
	unknown := x.members(x.body, nil, map[string][]string{"device": {"ip_address"}}, "")
	account, key, ok := x.r.BasicAuth()
	var body struct {
		Device struct {
			IPAddress string `json:"ip_address"`
		} `json:"device"`
	}
	switch {
	case !ok:
		return refuse(http.StatusUnauthorized, "ACCOUNT_ID_REQUIRED", "You have not supplied an account ID.")
	case account != s.cfg.Keys.MaxMindAccount || key != s.cfg.Keys.MaxMindKey:
		return refuse(http.StatusUnauthorized, "AUTHORIZATION_INVALID", "Your account ID or license key could not be authenticated.")
	case json.Unmarshal(x.body, &body) != nil:
		return refuse(http.StatusBadRequest, "JSON_INVALID", "The body is not a JSON object.")
	case unknown || len(x.query) > 0:
		return refuse(http.StatusBadRequest, "REQUEST_INVALID", "Send the device's IP address, and nothing else.")
	}
	ip, err := netip.ParseAddr(body.Device.IPAddress)
	if err != nil {
		return refuse(http.StatusBadRequest, "REQUEST_INVALID", "The request has no valid input value.")
	}
	st := steerIP(ip)
	if st.refused {
		return refuse(http.StatusPaymentRequired, "INSUFFICIENT_FUNDS", "The license key that you have provided is out of queries.")
	}
	if st.once && s.maxMind.first(ip.String()) {
		a := refuse(http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", "There is a problem with the server. Try again later.")
		a.retryAfter = 1
		return a
	}
	return answer{status: http.StatusOK, body: st.says(), header: map[string]string{"Content-Type": maxMindScoreKind}}
}

// says is MaxMind's answer. It leaves out what it has nothing to say about.
func (st ipSteer) says() map[string]any {
	says := map[string]any{"id": uuid.NewString(), "risk_score": st.risk, "funds_remaining": 25.0, "queries_remaining": 5000}
	if st.warning == "" {
		says["ip_address"] = map[string]any{"risk": st.risk}
	} else {
		says["warnings"] = []any{map[string]any{"code": st.warning, "input_pointer": "/device/ip_address", "warning": "There is something about the IP address."}}
	}
	if st.action != "" {
		says["disposition"] = map[string]any{"action": st.action, "reason": "custom_rule"}
	}
	return says
}
