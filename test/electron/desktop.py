"""What a desktop offers on its session bus: notifications, and keeping the machine awake.

Prints `ready`, then one JSON line for each call. A line `click ID` on standard input clicks a notification.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NOTIFICATIONS = "org.freedesktop.Notifications"
SESSION = "org.gnome.SessionManager"


def say(**facts):
    print(json.dumps(facts), flush=True)


class Notifications(dbus.service.Object):
    last = 0

    @dbus.service.method(NOTIFICATIONS, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        self.last += 1
        say(call="notify", id=self.last, summary=str(summary), body=str(body), actions=[str(one) for one in actions])
        return dbus.UInt32(self.last)

    @dbus.service.method(NOTIFICATIONS, in_signature="u")
    def CloseNotification(self, number):
        self.NotificationClosed(number, dbus.UInt32(3))

    @dbus.service.method(NOTIFICATIONS, out_signature="as")
    def GetCapabilities(self):
        return dbus.Array(["body", "actions"], signature="s")

    @dbus.service.method(NOTIFICATIONS, out_signature="ssss")
    def GetServerInformation(self):
        return ("platter-test", "platter", "1", "1.2")

    @dbus.service.signal(NOTIFICATIONS, signature="us")
    def ActionInvoked(self, number, action):
        pass

    @dbus.service.signal(NOTIFICATIONS, signature="uu")
    def NotificationClosed(self, number, reason):
        pass


class Session(dbus.service.Object):
    last = 0

    @dbus.service.method(SESSION, in_signature="susu", out_signature="u")
    def Inhibit(self, app, window, reason, flags):
        self.last += 1
        say(call="inhibit", id=self.last, flags=int(flags))
        return dbus.UInt32(self.last)

    @dbus.service.method(SESSION, in_signature="u")
    def Uninhibit(self, number):
        say(call="uninhibit", id=int(number))


def obey(channel, _condition):
    line = channel.readline()
    if not line:
        return False
    number = dbus.UInt32(int(line.split()[1]))
    notifications.ActionInvoked(number, "default")
    notifications.NotificationClosed(number, dbus.UInt32(2))
    return True


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
names = [dbus.service.BusName(name, bus) for name in (NOTIFICATIONS, SESSION)]
notifications = Notifications(bus, "/org/freedesktop/Notifications")
session = Session(bus, "/org/gnome/SessionManager")
GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, obey)
print("ready", flush=True)
GLib.MainLoop().run()
