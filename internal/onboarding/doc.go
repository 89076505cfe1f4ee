// Package onboarding is the domain: what an applicant, a stage, a check, a
// finding and a decision are. It uses the standard library only, so that every
// other package may speak in its words without taking on a technology.
package onboarding
