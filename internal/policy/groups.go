package policy

// SmallestGroup is the least number of people that a count which leaves the console may
// be of, where a program says nothing. Eleven is what the Centers for Medicare &
// Medicaid Services hold their own releases to: no cell of ten or fewer.
const SmallestGroup = 11

// Group lets a count go out when it is of enough people, and refuses it otherwise; of a
// refused one nothing may be told, not even that it is not zero (obligations 18 and 43).
// minimum is the program's; what is under 2 is SmallestGroup. Every count that is a
// statistic goes through here; what staff see for their work, case by case, is none.
func Group(count, minimum int) (int, bool) {
	if minimum < 2 {
		minimum = SmallestGroup
	}
	if count < minimum {
		return 0, false
	}
	return count, true
}
