# What was said that has a name in it, a line each, as it is said:
#
#     ssh host follow --json | jq -r --unbuffered --arg me alice -f mentions.jq
#
# Each event has a type; docs/json.md lists them. Skip those that you do not know.
select(.type == "message" and .name != $me)
| select(.text | ascii_downcase | contains($me | ascii_downcase))
| "\(.time[11:16]) #\(.room) \(.name): \(.text)"
