package applicants

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// codesShown are the members of each vendor's answer that say why it says what it
// says. All of them are codes, numbers or yes and no: nothing else of an answer is
// shown, since answers repeat what was asked.
var codesShown = map[string][]string{
	"kickbox": {"result", "reason", "sendex", "accept_all", "disposable"},
	"twilio":  {"valid", "validation_errors", "line_type_intelligence.type", "line_type_intelligence.error_code"},
	"smarty":  {"0.analysis.dpv_match_code", "0.analysis.dpv_footnotes", "0.analysis.dpv_cmra", "0.analysis.dpv_vacant", "0.analysis.active", "0.metadata.record_type"},
	"maxmind": {"risk_score", "ip_address.risk", "disposition.action", "disposition.reason", "warnings.0.code"},
	"stripe":  {"status", "last_error.code"},
}

const longestCode = 60

// codesOf picks the codes out of an answer. What is not there, or is no code, is
// left out; an answer that cannot be read has none.
func codesOf(vendor string, raw []byte) []VendorCode {
	var answer any
	if json.Unmarshal(raw, &answer) != nil {
		return nil
	}
	var out []VendorCode
	for _, path := range codesShown[vendor] {
		if value := codeAt(answer, strings.Split(path, ".")); value != "" && len(value) <= longestCode {
			out = append(out, VendorCode{Name: strings.TrimPrefix(path, "0."), Value: value})
		}
	}
	return out
}

func codeAt(in any, path []string) string {
	if len(path) > 0 {
		switch at := in.(type) {
		case map[string]any:
			return codeAt(at[path[0]], path[1:])
		case []any:
			if i, err := strconv.Atoi(path[0]); err == nil && i < len(at) {
				return codeAt(at[i], path[1:])
			}
		}
		return ""
	}
	switch value := in.(type) {
	case string:
		return value
	case bool:
		return strconv.FormatBool(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		words := make([]string, 0, len(value))
		for _, v := range value {
			words = append(words, fmt.Sprint(v))
		}
		return strings.Join(words, ", ")
	}
	return ""
}
