package consent

// EveryNotice gives every version of every notice.
func EveryNotice() []Notice { return append([]Notice(nil), notices...) }
