// What the NATS project's own Go library makes of JWTs: the maker of claims.json one folder up. Claims that the
// library writes come from it; claims that it would refuse to write are signed by hand.
//
//	go run . > ../claims.json
package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// A JWT and the library's verdict: whether it decodes, and what blocks it whenever it is asked.
type verdict struct {
	Says    string   `json:"says"`
	JWT     string   `json:"jwt"`
	Kind    string   `json:"kind"`
	Decodes bool     `json:"decodes"`
	Error   string   `json:"error,omitempty"`
	Expired bool     `json:"expired,omitempty"`
	Faults  []string `json:"faults,omitempty"`
	// What the library read, for some of those that decode.
	Claims any `json:"claims,omitempty"`
}

type object = map[string]any

func main() {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	k := newKeys()
	cases := append(written(k), accounts(k)...)
	cases = append(cases, users(k)...)
	cases = append(cases, broken(k)...)
	check(out.Encode(cases))
}

type keys struct {
	operator, operatorSigner, account, accountSigner, user, other nkeys.KeyPair
}

func newKeys() keys {
	pair := func(create func() (nkeys.KeyPair, error)) nkeys.KeyPair {
		kp, err := create()
		check(err)
		return kp
	}
	return keys{
		pair(nkeys.CreateOperator), pair(nkeys.CreateOperator), pair(nkeys.CreateAccount),
		pair(nkeys.CreateAccount), pair(nkeys.CreateUser), pair(nkeys.CreateAccount),
	}
}

func public(kp nkeys.KeyPair) string {
	key, err := kp.PublicKey()
	check(err)
	return key
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func judge(says, token string) verdict {
	v := verdict{Says: says, JWT: token}
	claims, err := jwt.Decode(token)
	if err != nil {
		v.Error = err.Error()
		return v
	}
	v.Decodes = true
	v.Kind = string(claims.ClaimType())
	results := jwt.CreateValidationResults()
	claims.Validate(results)
	for _, issue := range results.Issues {
		if issue.TimeCheck {
			v.Expired = true
		} else if issue.Blocking {
			v.Faults = append(v.Faults, issue.Description)
		}
	}
	return v
}

// The same with what the library read.
func whole(says, token string) verdict {
	v := judge(says, token)
	v.Claims, _ = jwt.Decode(token)
	return v
}

// Signs any claims, as the library would not.
func raw(signer nkeys.KeyPair, claims object) string {
	return rawHeader(signer, object{"typ": "JWT", "alg": "ed25519-nkey"}, claims)
}

func rawHeader(signer nkeys.KeyPair, header, claims object) string {
	if _, ok := claims["iss"]; !ok {
		claims["iss"] = public(signer)
	}
	part := func(v object) string {
		text, err := json.Marshal(v)
		check(err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	body := part(claims)
	signed := part(header) + "." + body
	covered := signed
	if _, ok := claims["type"]; ok {
		covered = body
	}
	signature, err := signer.Sign([]byte(covered))
	check(err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Everything that claims can say, as the library writes it.
func written(k keys) []verdict {
	operator := jwt.NewOperatorClaims(public(k.operator))
	operator.Name = "O"
	operator.SigningKeys.Add(public(k.operatorSigner))
	operator.AccountServerURL = "https://localhost:8080/jwt/v1"
	operator.OperatorServiceURLs.Add("nats://localhost:4222")
	operator.SystemAccount = public(k.other)
	operator.AssertServerVersion = "2.10.0"
	operator.StrictSigningKeyUsage = true
	operator.Tags.Add("Blue", "green")
	operatorJWT, err := operator.Encode(k.operator)
	check(err)

	accountJWT, err := fullAccount(k).Encode(k.operatorSigner)
	check(err)

	user := jwt.NewUserClaims(public(k.user))
	user.Name = "U"
	user.IssuerAccount = public(k.account)
	user.Pub.Allow.Add("a.>", "b")
	user.Pub.Deny.Add("a.secret")
	user.Sub.Allow.Add("in.* workers")
	user.Resp = &jwt.ResponsePermission{MaxMsgs: 5, Expires: time.Minute}
	user.Src.Add("10.0.0.0/8", "2001:db8::/32")
	user.Times = []jwt.TimeRange{{Start: "08:00:00", End: "17:30:00"}}
	user.Locale = "Europe/Berlin"
	user.Limits.Subs, user.Limits.Data, user.Limits.Payload = 10, 20, 30
	user.BearerToken, user.ProxyRequired = true, true
	user.AllowedConnectionTypes.Add(jwt.ConnectionTypeStandard, jwt.ConnectionTypeLeafnode)
	user.Tags.Add("team:red")
	user.NotBefore, user.Expires = 1_000, 4_000_000_000
	userJWT, err := user.Encode(k.accountSigner)
	check(err)

	activation := jwt.NewActivationClaims(public(k.account))
	activation.Name = "X"
	activation.ImportSubject, activation.ImportType = "private.>", jwt.Stream
	activation.IssuerAccount = public(k.other)
	activationJWT, err := activation.Encode(k.accountSigner)
	check(err)

	return []verdict{
		whole("an operator with everything", operatorJWT), whole("an account with everything", accountJWT),
		whole("a user with everything", userJWT), whole("an activation", activationJWT),
	}
}

func fullAccount(k keys) *jwt.AccountClaims {
	account := jwt.NewAccountClaims(public(k.account))
	account.Name = "A"
	account.Description, account.InfoURL = "an account", "https://localhost/info"
	account.Tags.Add("Region:EU")
	activation := jwt.NewActivationClaims(public(k.account))
	activation.ImportSubject, activation.ImportType = "private.>", jwt.Stream
	token, err := activation.Encode(k.other)
	check(err)
	account.Imports.Add(
		&jwt.Import{Name: "s", Subject: "st.*", Account: public(k.other), LocalSubject: "mine.$1", Type: jwt.Stream, AllowTrace: true},
		&jwt.Import{Name: "v", Subject: "svc.*.x", Account: public(k.other), LocalSubject: "my.*", Type: jwt.Service, Share: true},
		&jwt.Import{Name: "p", Subject: "private.a", Account: public(k.other), Token: token, Type: jwt.Stream},
	)
	account.Exports.Add(
		&jwt.Export{Name: "e", Subject: "out.>", Type: jwt.Stream, TokenReq: true, Revocations: jwt.RevocationList{public(k.other): 5, "*": 3}},
		&jwt.Export{Name: "f", Subject: "svc.*", Type: jwt.Service, ResponseType: jwt.ResponseTypeStream, ResponseThreshold: time.Second,
			Latency: &jwt.ServiceLatency{Sampling: jwt.Headers, Results: "latency"}, AccountTokenPosition: 2, AllowTrace: true},
	)
	account.Limits.Subs, account.Limits.Conn, account.Limits.LeafNodeConn = 100, 10, 2
	account.Limits.DisallowBearer = true
	account.Limits.JetStreamTieredLimits = jwt.JetStreamTieredLimits{"R3": {DiskStorage: -1, Streams: 4}}
	account.SigningKeys.Add(public(k.accountSigner))
	scope := jwt.NewUserScope()
	scope.Key, scope.Role = public(k.other), "reader"
	scope.Template.Sub.Allow.Add("{{account-name()}}.{{tag(team)}}.>")
	scope.Template.Limits.Payload = 1024
	account.SigningKeys.AddScopedSigner(scope)
	account.Revocations = jwt.RevocationList{"*": 10, public(k.user): 20}
	account.DefaultPermissions.Pub.Deny.Add("no.>")
	account.DefaultPermissions.Resp = &jwt.ResponsePermission{}
	account.AddMapping("m.*", jwt.WeightedMapping{Subject: "n.$1", Weight: 40}, jwt.WeightedMapping{Subject: "o.{{wildcard(1)}}", Cluster: "C"})
	account.EnableExternalAuthorization(public(k.user))
	account.Authorization.AllowedAccounts.Add("*")
	account.Trace = &jwt.MsgTrace{Destination: "trace.here", Sampling: 50}
	account.ClusterTraffic = jwt.ClusterTrafficOwner
	return account
}
