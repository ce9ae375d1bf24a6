"""A configuration of some length, with what trips readers up."""

LINES = [f"interface Vlan{number}\n description floor {number}\n no shutdown\n!" for number in range(40)]
CONFIG = "hostname device\n!\n" + "\n".join(LINES) + "\nbanner motd ^C\ndevice#\n--More--ish\n^C\n!\nend\n"
