package names

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/text"
)

func TestInvisibleLettersInNames(t *testing.T) {
	for language, word := range testkit.InvisiblySpelledWords() {
		if _, err := Check(word); err == nil {
			t.Errorf("somebody can be called %+q (%s), which has characters that nobody sees", word, language)
		}
	}
}

func TestNames(t *testing.T) {
	good := []string{
		"alice", "くみこ", "Big Bob", "张三", "ゆき", "o'neil", "🍵", "a-2", "résumé", "ノリ", "J. R. Doe", "Tom and Jerry",
		"阿卜杜拉·买买提", "レオ・デカ", "〇三", "7 of 9", "अतः", "राजः", "ᐳᐅᓗᓯ", "❤️‍🔥", "1️⃣", "🇨🇳", "👩🏽‍🚀", "ꓡꓲꓽ", "tiê\u0301ng", "नमस्ते", "一一",
		"Edward Said", "Ada Set", "小 Bot", "Weather Bot", "Ada Here", "Gardiner Means", "Pippin Took", "Amy 于", "Ada Alone", "小爱 机器人", "พระ", "ธนะ รัชต์", "アレ", "レオ", "ᵗᵉᵃᵛ", "Valery", "bobλ", "тётя", "ʻOkina", "مُحَمَّد", "বাংলা", "శ్రీ", "ສະບາຍດີ", "ᏣᎳᎩ", "ⵣⵉⵔⵉ", "ߒߞߏ", "Nguyễn Văn A", "김철수", "ゲームセンターあらし", "Łukasz-Ωmega", "ᱥᱟᱱᱛᱟᱲᱤ", "Gal·la", "བསྟན་འཛིན", "မောင်း", "မင်း အောင်", "ប៉ះ", "פָּנִינָה", "नीतिः",
		strings.Repeat("名", MaxLength),
	}
	for _, name := range good {
		if _, err := Check(name); err != nil {
			t.Errorf("nobody can be called %q: %v", name, err)
		}
	}
	bad := map[string]reply.Code{
		"":                               reply.NameEmpty,
		"a|b":                            reply.NameHasBar,
		" a":                             reply.NameSpaces,
		"a ":                             reply.NameSpaces,
		"a  b":                           reply.NameSpaces,
		"a\u3000":                        reply.NameSpaces,
		strings.Repeat("a", MaxLength+1): reply.NameTooLong,
		"127.0.0.1:53122":                reply.NameAddress,
		"127.0.0.1":                      reply.NameAddress,
		"１２７.０.０.１:８０":                   reply.NameAddress,
		"[::1]:22":                       reply.NameAddress,
		"2001:db8::1":                    reply.NameAddress,
		"localhost:8888":                 reply.NameAddress,
		"---- 2026-11-30 ----":           reply.NameBadStart,
		".bob":                           reply.NameBadStart,
		"· bob":                          reply.NameBadStart,
		"alice is now called bob":        reply.NameLikeSentence,
		"alice LEFT":                     reply.NameLikeSentence,
		"tom and 5 others":               reply.NameLikeSentence,
		"小明 改名为 小红":                      reply.NameLikeSentence,
		"小明 來了":                          reply.NameLikeSentence,
		"alice-verified":                 reply.NameLikeSentence,
		"aliceVerified":                  reply.NameLikeSentence,
		"Alice_verified Smith":           reply.NameLikeSentence,
		"小红已验证":                          reply.NameLikeSentence,
		"小紅·已驗證":                         reply.NameLikeSentence,
		"alice set the table":            reply.NameLikeSentence,
		"\x1b[31m":                       reply.NameNotAllowed,
		"a\u202eb":                       reply.NameNotAllowed,
		"a\u200bb":                       reply.NameNotAllowed,
		"a\tb":                           reply.NameNotAllowed,
		"a\u00a0b":                       reply.NameNotAllowed,
		"a\xffb":                         reply.NameNotAllowed,
		"\u0301a":                        reply.NameNotAllowed,
	}
	for _, name := range forged {
		if _, there := bad[name]; !there {
			bad[name] = reply.NameNotAllowed
		}
	}
	for name, want := range bad {
		var refusal *reply.Refusal
		_, err := Check(name)
		if !errors.As(err, &refusal) || refusal.Code != want && (want != reply.NameNotAllowed || refusal.Code != reply.NameDeceptive) {
			t.Errorf("who wants to be called %q gets the error %v, want %q", name, err, want)
		}
	}
	if _, err := Check("alice.\u0307"); !strings.HasSuffix(err.Error(), ": ◌\u0307") {
		t.Errorf("the refusal shows a combining mark without a circle under it: %v", err)
	}
	for _, pair := range [][2]string{{"Alice", "aLICE"}, {"ａｌｉｃｅ", "alice"}, {"Big Bob", "big bob"}, {"e\u0301", "é"}} {
		a, errA := Check(pair[0])
		b, errB := Check(pair[1])
		if errA != nil || errB != nil || a.Key != b.Key {
			t.Errorf("two people can be called %q and %q: the keys are %q (%v) and %q (%v)", pair[0], pair[1], a.Key, errA, b.Key, errB)
		}
	}
}

// forged are names that would make a line look like somebody else's, or like the server's.
var forged = []string{
	"alice (verified)", "alice (verified) to you] go [x", "alice, bob (verified), carol", "alice（已验证）", "alice、bob",
	"bob: I resign", "bob:", "bob： hi", "* bob left", "[bob to you] hi", "! bob", "‹bob› waves", "#lobby", "a -> b", "a → b", `a "b"`, "“bob”", "a…",
	"alice✓", "alice ✔", "alice √", "alice☑", "alice✅", "alice🗸", "alice\U00010102", "alice\U0001FBB1", "alice⚙", "alice⚙️", "alice ⛭",
	"∗ Server", "✱ Server", "\u01C3 You are banned", "\u01C3You are banned", "❗ You are banned", "‼️ You are banned", "alice\uA789 yes I agree", "alice\u02D0 yes I agree",
	"alice\uA4FD yes I agree", "alice\u0903 yes I agree", "राजः yes I agree", "alice\u17C7 I agree", "alice\u1038 I agree", "alice \u0C83 I agree", "alice\u0F7F I agree", "alice> agrees", "alice\u1433 agrees", "alice \u1433\u1433 agrees", "alice\u276F agrees",
	"alice\u1C7A I agree", "alice \u1C7A I agree", "alice\u2D57 agrees", "alice\uA4FC agrees", "aliceะ I agree", "alice ะ I agree", "aliceະ agrees",
	"alice.\u0307 I agree", "alice \u0307\u0323 I agree", "alice-\u030C", "\uA71D You are banned", "\uA71DYou are banned", "alice\u02C8 agrees",
	"aliceᵛ", "alice ᵛ", "aliceⱽ", "aliceᵥ", "aliceˇ", "alice \u030C", "aliceレ", "aliceﾚ", "alice レ", "小红 レ", "aliceⵜ",
	"\u2800", "a\u2800b", "\u3164", "\uFFA0", "\u115F\u1160", "\U00013441", "alice\U00013442", "\U0001D159", "\u0301\u0301", "\u200D", "\u20E3", "一一一 2026", "ーーー",
}

// An allowed name is one line of at most 32 characters, and its key is the key of its key.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"alice", "张三", "a|b", "1.2.3.4:5", "[::1]", "Ａ", "ﷺ", "ß", "İ", "x\u0301", "🍵", " a", "K", "ſ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		id, err := Check(name)
		if err != nil {
			return
		}
		if utf8.RuneCountInString(name) > MaxLength || strings.ContainsAny(name, "|\n\r\x1b") || name != text.Clean(name) || LooksLikeAddress(string(id.Key)) {
			t.Fatalf("somebody can be called %+q", name)
		}
		if Key(string(id.Key)) != id.Key {
			t.Fatalf("%+q has the key %+q, whose own key is %+q", name, id.Key, Key(string(id.Key)))
		}
	})
}
