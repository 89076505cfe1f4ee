package workflows

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// The search attributes: what a recruiter filters by in the Temporal Web UI.
// None ever holds personal data; they never pass the codec.
var (
	SearchProgram      = temporal.NewSearchAttributeKeyKeyword("Program")
	SearchStage        = temporal.NewSearchAttributeKeyKeyword("Stage")
	SearchAttention    = temporal.NewSearchAttributeKeyKeyword("Attention")
	SearchFailedChecks = temporal.NewSearchAttributeKeyKeywordList("FailedChecks") // see FailedCheckTags and FailedRoundTag
	SearchHeld         = temporal.NewSearchAttributeKeyKeywordList("Held")         // vendors that ops have paused and that checks wait for
	SearchJurisdiction = temporal.NewSearchAttributeKeyKeyword("Jurisdiction")
	SearchRecruiter    = temporal.NewSearchAttributeKeyKeyword("Recruiter")
	SearchDueBy        = temporal.NewSearchAttributeKeyTime("DueBy")
	SearchOutcome      = temporal.NewSearchAttributeKeyKeyword("Outcome")
	SearchContactHash  = temporal.NewSearchAttributeKeyKeyword("ContactHash")
	SearchSince        = temporal.NewSearchAttributeKeyTime("Since")         // when Stage or Attention last changed
	SearchLookUp       = temporal.NewSearchAttributeKeyKeywordList("LookUp") // keyed hashes of e-mail, phone and names
)

// SearchBatch is the list with which somebody was invited; for an invitation, Stage
// has its state.
var SearchBatch = temporal.NewSearchAttributeKeyKeyword("Batch")

// CountedTogether lists those by which the board counts, for an engine that can be
// given indexes over them.
func CountedTogether() [][]string {
	stage, program := SearchStage.GetName(), SearchProgram.GetName()
	attention, since, due := SearchAttention.GetName(), SearchSince.GetName(), SearchDueBy.GetName()
	var out [][]string
	for _, by := range [][]string{{attention, since}, {since}, {due}} {
		out = append(out, append([]string{stage}, by...), append([]string{program, stage}, by...))
	}
	return out
}

// CountedAmong lists those that few cases have and that are counted, listed and dated
// among these few alone, for an engine that can be given indexes over them: the
// attribute that the few have, and the one by which they are counted.
func CountedAmong() [][2]string {
	return [][2]string{{SearchFailedChecks.GetName(), SearchSince.GetName()}}
}

// SearchAttributes lists them with their types, for setting a namespace up.
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		SearchBatch.GetName():        SearchBatch.GetValueType(),
		SearchProgram.GetName():      SearchProgram.GetValueType(),
		SearchStage.GetName():        SearchStage.GetValueType(),
		SearchAttention.GetName():    SearchAttention.GetValueType(),
		SearchFailedChecks.GetName(): SearchFailedChecks.GetValueType(),
		SearchHeld.GetName():         SearchHeld.GetValueType(),
		SearchJurisdiction.GetName(): SearchJurisdiction.GetValueType(),
		SearchRecruiter.GetName():    SearchRecruiter.GetValueType(),
		SearchDueBy.GetName():        SearchDueBy.GetValueType(),
		SearchOutcome.GetName():      SearchOutcome.GetValueType(),
		SearchContactHash.GetName():  SearchContactHash.GetValueType(),
		SearchSince.GetName():        SearchSince.GetValueType(),
		SearchLookUp.GetName():       SearchLookUp.GetValueType(),
	}
}
