// Package browsertest holds the journeys of applicants and staff through a whole
// house of one machine in a real headless Chromium. It has tests only.
//
// Every page that a journey comes to is looked at by axe-core, measured, and held
// to be free of errors, of what would have to be scrolled sideways, and of
// anything from elsewhere. With VOUCHSAFE_SCREENS a picture of it is kept.
package browsertest
