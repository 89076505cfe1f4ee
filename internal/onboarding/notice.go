package onboarding

// NoticeTextKey is where a notice's text lies in the evidence bucket, exactly as it was
// shown and write-once, under its own hash.
func NoticeTextKey(sha256 string) string { return "notices/" + sha256 + ".txt" }
