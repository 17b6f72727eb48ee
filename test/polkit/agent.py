"""A polkit agent without a screen: agent.py PID UID approve|dismiss|fail.

Root registers it for a process and answers without a password. Prints `ready`, then one JSON line for each question.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

pid, uid, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
NAME = "org.freedesktop.PolicyKit1"


class Refusal(dbus.DBusException):
    _dbus_error_name = NAME + ".Error." + ("Cancelled" if mode == "dismiss" else "Failed")


class Agent(dbus.service.Object):
    @dbus.service.method(
        NAME + ".AuthenticationAgent", in_signature="sssa{ss}sa(sa{sv})", async_callbacks=("ok", "refuse")
    )
    def BeginAuthentication(self, action, message, icon, details, cookie, identities, ok, refuse):
        print(json.dumps({"action": str(action), "message": str(message)}), flush=True)
        if mode == "wait":
            return
        if mode != "approve":
            refuse(Refusal("no"))
            return
        # The uid is that of the agent's owner, which is root.
        authority.AuthenticationAgentResponse2(
            dbus.UInt32(0), cookie, identities[0], reply_handler=ok, error_handler=refuse
        )

    @dbus.service.method(NAME + ".AuthenticationAgent", in_signature="s")
    def CancelAuthentication(self, cookie):
        print(json.dumps({"cancelled": True}), flush=True)


with open(f"/proc/{pid}/stat", encoding="latin1") as file:
    stat = file.read()
start_time = int(stat[stat.rindex(")") + 2 :].split()[19])
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
authority = dbus.Interface(bus.get_object(NAME, "/org/freedesktop/PolicyKit1/Authority"), NAME + ".Authority")
agent = Agent(bus, "/org/platter/test/Agent")
subject = ("unix-process", {"pid": dbus.UInt32(pid), "start-time": dbus.UInt64(start_time), "uid": dbus.Int32(uid)})
authority.RegisterAuthenticationAgent(subject, "C", "/org/platter/test/Agent")
print("ready", flush=True)
GLib.MainLoop().run()
