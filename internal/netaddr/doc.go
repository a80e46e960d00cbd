// Package netaddr says what counts as one address wherever limits, quotas and bans go by where
// people come from. In IPv6 one person has far more than one address, so each of [Address],
// [Household] and [Network] returns a prefix: /64, /56 and /48. Of IPv4 all three are the address
// itself.
package netaddr
