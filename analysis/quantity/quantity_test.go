package quantity

import "testing"

const document = `{"estimates":[
 {"term":"armSWIS","estimate":1,"df":null},
 {"term":"armSWIS","part":"zero","estimate":-2},
 {"term":"log(a, 2)","estimate":3},
 {"term":"att","by":"LA01","estimate":7},{"term":"att","estimate":8}],
 "random_effects":[{"group":"school","term":"(Intercept)","sd":0.1},{"group":"school","term":"x","with":"(Intercept)","correlation":-0.25}],
 "effects":[{"group":"Subject","level":308,"estimate":2.25}],
 "fit":{"log_lik":-100}}`

func TestFind(t *testing.T) {
	var doc any
	doc, err := Document(jsonRaw(document))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"estimates[term=armSWIS].estimate":                                 1.0,
		"estimates[term=armSWIS].df":                                       nil,
		"estimates[term=armSWIS,part=main].estimate":                       1.0,
		"estimates[term=armSWIS,part=zero].estimate":                       -2.0,
		"estimates[term=log(a, 2)].estimate":                               3.0,
		"estimates[term=att].estimate":                                     8.0,
		"estimates[term=att,by=LA01].estimate":                             7.0,
		"random_effects[group=school,term=(Intercept)].sd":                 0.1,
		"random_effects[group=school,term=(Intercept),with=x].correlation": -0.25,
		"random_effects[group=school,term=x,with=(Intercept)].correlation": -0.25,
		"effects[group=Subject,level=308].estimate":                        2.25,
		"fit.log_lik": -100.0,
	} {
		got, err := Find(doc, path)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", path, got, err, want)
		}
	}
	for _, path := range []string{"estimates[term=nobody].estimate", "fit.theta", "fit[", "estimates[level=1].estimate", "effects[group=Subject,level=309].estimate", ".x"} {
		if got, err := Find(doc, path); err == nil {
			t.Errorf("%s: found %v, want an error", path, got)
		}
	}
}

type jsonRaw string

func (j jsonRaw) MarshalJSON() ([]byte, error) { return []byte(j), nil }
