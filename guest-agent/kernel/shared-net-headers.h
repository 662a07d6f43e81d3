/* The same for files of the network. */
#include "shared-headers.h"
#include <linux/netdevice.h>
#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ip_fib.h>
#include <net/route.h>
#include <net/ip6_route.h>
#include <net/addrconf.h>
