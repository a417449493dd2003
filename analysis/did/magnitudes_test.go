package did

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLargestQuantile against closed forms and simulation.
func TestLargestQuantile(t *testing.T) {
	for _, c := range []struct{ rho, p float64 }{{0, math.Pow(normalLower(2), 2)}, {1, normalLower(2)}, {-1, 2*normalLower(2) - 1}} {
		if got := bothBelow(2, c.rho); math.Abs(got-c.p) > 1e-9 {
			t.Errorf("rho %g: %g, want %g", c.rho, got, c.p)
		}
	}
	for _, rho := range []float64{-0.95, -0.4, 0.3, 0.8} {
		r := rand.New(rand.NewPCG(7, 36))
		c := largestQuantile(0.9, rho)
		below, draws := 0, 200000
		for range draws {
			a := r.NormFloat64()
			if b := rho*a + math.Sqrt(1-rho*rho)*r.NormFloat64(); max(a, b) <= c {
				below++
			}
		}
		if share := float64(below) / float64(draws); math.Abs(share-0.9) > 0.003 {
			t.Errorf("rho %g: %g lie below", rho, share)
		}
	}
}

// TestHybridSize: at the edge of the hypothesis the test rejects 5%, whatever
// the correlation, and nowhere inside it more.
func TestHybridSize(t *testing.T) {
	for _, rho := range []float64{-0.9, -0.3, 0.5, 0.95} {
		for _, mean := range []float64{0, -0.3, -1, -5} {
			r := rand.New(rand.NewPCG(3, 37))
			rejected, draws := 0, 20000
			s := step{sd: [2]float64{1, 1}, rho: rho, level: 0.95, firstSize: 0.005, first: largestQuantile(0.995, rho)}
			for range draws {
				a := r.NormFloat64()
				b := mean + rho*a + math.Sqrt(1-rho*rho)*r.NormFloat64()
				// moments a and b: theta - reach d = a, -theta - reach d = b
				s.theta, s.d, s.reach = (a-b)/2, -(a+b)/2, 1
				if !s.accepts(0) {
					rejected++
				}
			}
			share := float64(rejected) / float64(draws)
			if share > 0.05+4*math.Sqrt(0.05*0.95/float64(draws)) || mean == -5 && share < 0.045 {
				t.Errorf("rho %g, other moment %g: rejects %.4f", rho, mean, share)
			}
		}
	}
}

// TestBenzartiCarloni holds the intervals against those that the authors'
// program HonestDiD 0.2.8 for R gives for the event study of Benzarti & Carloni
// (2019), which comes with it: four earlier and four later years. Its
// fixed-length intervals use a simulated critical value, its conditional ones a
// grid and other units for the moments.
func TestBenzartiCarloni(t *testing.T) {
	e := func(weights ...float64) *eventEstimates {
		return &eventEstimates{df: math.Inf(1), weights: weights,
			pre:  []float64{0.00669635180383921, 0.0293450336903334, -0.00647297222167253, 0.0730149894952774},
			post: []float64{0.195961117744446, 0.312063902616501, 0.239541545510292, 0.126042500138283},
			v: [][]float64{
				{0.000842835812363774, 0.00047686867765151, 0.000261805107584223, 0.000235422034165822, 0.000167637146660127, 0.000112870766315609, 1.99281621462433e-05, -0.000136826536618173},
				{0.00047686867765151, 0.000642542028799653, 0.000398742500692606, 0.00024355151981581, 0.000220196030568331, 0.00018045911565423, 3.84376508009154e-05, -2.96042198897339e-05},
				{0.000261805107584223, 0.000398742500692606, 0.000522994960192591, 0.000211768609005958, 0.000184072225238197, 0.000145852784044109, 7.00519740348682e-05, 5.95299497945234e-05},
				{0.000235422034165822, 0.00024355151981581, 0.000211768609005958, 0.000308959541143849, 0.000119786607683636, 0.000133408131659962, 0.000101633500889875, 0.000107905172626488},
				{0.000167637146660127, 0.000220196030568331, 0.000184072225238197, 0.000119786607683636, 0.000359970435965806, 0.000247881864197552, 0.000174957924173214, 0.000165425692102872},
				{0.000112870766315609, 0.00018045911565423, 0.000145852784044109, 0.000133408131659962, 0.000247881864197552, 0.000426394981332123, 0.000217143780901097, 0.000289274787064642},
				{1.99281621462433e-05, 3.84376508009154e-05, 7.00519740348682e-05, 0.000101633500889875, 0.000174957924173214, 0.000217143780901097, 0.000488669786136597, 0.000380532204871997},
				{-0.000136826536618173, -2.96042198897339e-05, 5.95299497945234e-05, 0.000107905172626488, 0.000165425692102872, 0.000289274787064642, 0.000380532204871997, 0.000761739443987608},
			}}
	}
	first, mean := e(1, 0, 0, 0), e(0.25, 0.25, 0.25, 0.25)
	for _, c := range []struct {
		name            string
		rule            restriction
		size, low, high float64
		tolerance       float64
	}{
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0, 0.131411315937022, 0.216169648182799, 2e-4},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.01, 0.154965267080773, 0.27038453032652, 1e-3},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.02, 0.177301087900198, 0.315956468194821, 1e-3},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.1, 0.1194440001, 0.4185082143, 1e-3},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.2, 0.01944400015, 0.5185082143, 1e-3},
		{"mean, smooth", bending{newSmoothPath(mean), 0.95}, 0, 0.133193369303247, 0.230362614090703, 2e-4},
		{"mean, smooth", bending{newSmoothPath(mean), 0.95}, 0.01, 0.124138265521726, 0.368035364887987, 1e-3},
		{"mean, smooth", bending{newSmoothPath(mean), 0.95}, 0.02, 0.113901858858792, 0.476743542104818, 1e-3},
		{"first, relative", relative{first, 0.95}, 0.5, 0.11812948578177346, 0.2715838660256206, 2e-3},
		{"first, relative", relative{first, 0.95}, 1, 0.06723125075039843, 0.3186837253083857, 2e-3},
		{"mean, relative", relative{mean, 0.95}, 0.5, 0.06775439808538886, 0.3691913893670205, 3e-3},
		{"mean, relative", relative{mean, 0.95}, 1, -0.06968617947647976, 0.506631966928889, 3e-3},
	} {
		_, _, low, high := c.rule.interval(c.size)
		t.Logf("%s, M = %g: %.5f to %.5f, HonestDiD %.5f to %.5f", c.name, c.size, low, high, c.low, c.high)
		if math.Abs(low-c.low) > c.tolerance || math.Abs(high-c.high) > c.tolerance {
			t.Errorf("%s, M = %g: %.5f to %.5f, HonestDiD has %.5f to %.5f", c.name, c.size, low, high, c.low, c.high)
		}
	}
	low, high, _, _ := relative{mean, 0.95}.interval(0.5)
	if math.Abs(low-0.1190423143561929) > 1e-9 || math.Abs(high-0.3177622186485678) > 1e-9 {
		t.Errorf("range %g to %g", low, high)
	}
}
