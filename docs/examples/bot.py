#!/usr/bin/env python3
"""A bot that rolls dice: type /roll in the room, and it says a number.

It needs only the ssh client and a key of its own, which you mark as a bot's once:

    export TEAHOUSE='ssh -p 2222 -i dice_key dice@chat.example.org'
    $TEAHOUSE key bot
    ./bot.py
"""
import json, os, random, subprocess, time

SSH = os.environ["TEAHOUSE"].split()
COMMANDS = [{"name": "roll", "params": "[SIDES]", "help": "rolls a die"}]


def ssh(*words, text):
    """Runs one command. Text on standard input needs no quoting."""
    return subprocess.run([*SSH, *words], input=text, text=True).returncode


def answer(name, args):
    sides = int(args) if args.isdecimal() and 0 < int(args) <= 1000 else 6
    return f"{name} rolls {random.randint(1, sides)} of {sides}"


if ssh("bot", "commands", text=json.dumps(COMMANDS)) != 0:
    raise SystemExit(1)  # standard error says why
while True:  # come back if the server restarts
    with subprocess.Popen([*SSH, "follow", "--json"], bufsize=1, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as room:
        print(file=room.stdin)  # from now on, ssh ends when this program dies
        for event in map(json.loads, room.stdout):
            if event["type"] == "command":
                ssh("say", text=answer(event["name"], event["args"]))
    time.sleep(5)
