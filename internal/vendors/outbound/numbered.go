package outbound

import (
	"encoding/json"
	"strconv"
)

// NumberedCode is a Config.ErrorCode for vendors whose error answers have a number
// under "code", as those of each of Twilio's APIs have; "" when there is none.
func NumberedCode(body []byte) string {
	var e struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(body, &e) != nil || e.Code == 0 {
		return ""
	}
	return strconv.Itoa(e.Code)
}
