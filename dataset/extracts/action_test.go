package extracts

import "testing"

func TestFurtherActionWords(t *testing.T) {
	for text, want := range map[string]uint32{
		"NFA": flagYes, "a) NFA": flagYes, "No Further Action": flagYes, "Closed - no further action required": flagYes, "no action": flagYes, "NFA_advice given": flagYes,
		"No further role for CSC": flagYes, "CIN Referral": flagNo, "EH Referral": flagNo, "b) Progress to referral": flagNo, "Single Assessment": flagNo, "Strategy discussion": flagNo,
		"S47 enquiry": flagNo, "Section 17": flagNo, "Early Help": flagNo, "further action": flagNo, "FA": flagNo, "Referred to another agency": flagNo,
		"Advice and information": flagUnclear, "Not progressed": flagUnclear, "Referral declined": flagUnclear, "Other": flagUnclear, "1": flagUnclear, "confab": flagUnclear,
		`{"NFA_FLAG": "Y", "NEW_REFERRAL_FLAG": "N"}`:                          flagYes,
		`{"OUTCOME_NFA_FLAG": "N", "OUTCOME_NEW_REFERRAL_FLAG": "Y"}`:          flagNo,
		`{"OUTCOME_NFA_FLAG": 1, "COMMENTS": "No reply"}`:                      flagYes,
		`{"CP_ENQUIRY_FLAG": true}`:                                            flagNo,
		`{"NFA_FLAG": "Y", "NEW_REFERRAL_FLAG": "Y"}`:                          flagUnclear,
		`{"NFA_FLAG": "N", "NEW_REFERRAL_FLAG": "N"}`:                          flagUnclear,
		`{"NFA_FLAG": "", "NEW_REFERRAL_FLAG": "", "NUMBER_OF_OUTCOMES": "0"}`: flagNone,
		`{"NFA_FLAG": `: flagUnclear,
	} {
		if got := readOutcomeWords([]byte(text)); got != want {
			t.Errorf("outcome %q: %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]uint32{"Yes": flagNo, "a) Yes": flagNo, "N": flagYes, "b. No": flagYes, "NFA": flagYes, "FA": flagNo, "no further action": flagYes, "perhaps": flagUnclear} {
		if got := readFurtherAction([]byte(text)); got != want {
			t.Errorf("further action %q: %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]uint32{"1": flagYes, "0.0": flagNo, "true": flagYes, "a) Yes": flagYes, "1 - Yes": flagYes, "b. No": flagNo, "NFA": flagYes, "FA": flagNo, "nope": flagUnclear, "2": flagUnclear} {
		if got := readFlag([]byte(text)); got != want {
			t.Errorf("no further action %q: %d, want %d", text, got, want)
		}
	}
}
