/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "host/class_device.h"
#include "host/in_use_part.h"

#define NET "/sys/class/net"
#define CLASS_NETWORK 0x02
/* A table that changes while it is read has to be read again. */
#define DUMP_ATTEMPTS 3

/* One interface while its part of the kernel's tables is read. */
struct interface {
	const char *name;
	int index;
	struct in_use_list *list;
	int failure; /* -ENOMEM, noted inside a callback */
	bool has_route;
};

/* fe80::/10 comes by itself on every interface that is up. */
static bool is_automatic(const struct nl_addr *address)
{
	const uint8_t *bytes = nl_addr_get_binary_addr(address);

	return nl_addr_get_family(address) == AF_INET6 && nl_addr_get_len(address) == 16 &&
	       bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/* ff00::/8, likewise. */
static bool is_multicast(const struct nl_addr *address)
{
	const uint8_t *bytes = nl_addr_get_binary_addr(address);

	return nl_addr_get_family(address) == AF_INET6 && nl_addr_get_len(address) == 16 &&
	       bytes[0] == 0xff;
}

/* Returns 0, -ENOMEM, or 1 where the kernel did not answer. */
static int read_link(struct nl_sock *socket, struct interface *interface)
{
	struct rtnl_link *link;
	unsigned int flags;
	int master, r = 0;

	if (rtnl_link_get_kernel(socket, 0, interface->name, &link) < 0)
		return 1;
	interface->index = rtnl_link_get_ifindex(link);
	flags = rtnl_link_get_flags(link);
	master = rtnl_link_get_master(link);
	rtnl_link_put(link);
	if (flags & IFF_UP)
		r = in_use_addf(interface->list, IN_USE_NET_UP, "RTM_GETLINK", "%s is up",
				interface->name);
	if (r == 0 && master > 0) {
		char name[IF_NAMESIZE];

		r = in_use_addf(interface->list, IN_USE_NET_MASTER, "RTM_GETLINK",
				"%s is part of %s", interface->name,
				if_indextoname((unsigned int)master, name) ? name : "another");
	}
	return r;
}

static int read_addresses(struct nl_sock *socket, struct interface *interface)
{
	struct nl_cache *cache;
	int r = 0;

	if (rtnl_addr_alloc_cache(socket, &cache) < 0)
		return 1;
	for (struct nl_object *object = nl_cache_get_first(cache); object && r == 0;
	     object = nl_cache_get_next(object)) {
		struct rtnl_addr *entry = (struct rtnl_addr *)object;
		struct nl_addr *address = rtnl_addr_get_local(entry);
		char text[INET6_ADDRSTRLEN + 8];

		if (rtnl_addr_get_ifindex(entry) != interface->index || !address ||
		    is_automatic(address))
			continue;
		r = in_use_addf(interface->list, IN_USE_NET_ADDRESS, "RTM_GETADDR", "%s has %s",
				interface->name, nl_addr2str(address, text, sizeof(text)));
	}
	nl_cache_free(cache);
	return r;
}

/*
 * Routes that somebody has set: those that the kernel adds with an address, and those of
 * broadcast and the like, say nothing that the address does not.
 */
static bool is_route_of(struct rtnl_route *route, const struct interface *interface)
{
	struct nl_addr *to = rtnl_route_get_dst(route);

	if (rtnl_route_get_table(route) == RT_TABLE_LOCAL ||
	    rtnl_route_get_type(route) != RTN_UNICAST ||
	    rtnl_route_get_protocol(route) == RTPROT_KERNEL ||
	    (to && nl_addr_get_prefixlen(to) > 0 && (is_automatic(to) || is_multicast(to))))
		return false;
	for (int i = 0; i < rtnl_route_get_nnexthops(route); i++)
		if (rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)) == interface->index)
			return true;
	return false;
}

static void note_route(struct rtnl_route *route, struct interface *interface)
{
	struct nl_addr *to = rtnl_route_get_dst(route);
	char text[INET6_ADDRSTRLEN + 8];
	int r;

	if (!to || nl_addr_get_prefixlen(to) == 0)
		r = in_use_addf(interface->list, IN_USE_NET_ROUTE, "RTM_GETROUTE",
				"%s has the default route", interface->name);
	else
		r = in_use_addf(interface->list, IN_USE_NET_ROUTE, "RTM_GETROUTE",
				"%s has a route to %s", interface->name,
				nl_addr2str(to, text, sizeof(text)));
	interface->has_route = true;
	if (r < 0)
		interface->failure = r;
}

static int take_route(struct nl_msg *message, void *data)
{
	struct interface *interface = data;
	struct rtnl_route *route;

	/* One is enough; the rest is still read, so that the socket stays usable. */
	if (interface->has_route || rtnl_route_parse(nlmsg_hdr(message), &route) < 0)
		return NL_OK;
	if (is_route_of(route, interface))
		note_route(route, interface);
	rtnl_route_put(route);
	return NL_OK;
}

/*
 * Asks for the routes of one family through this interface. A router has a million of them:
 * the kernel is asked to filter, and none is kept.
 */
static int read_routes(struct nl_sock *socket, struct interface *interface, uint8_t family)
{
	struct rtmsg header = {.rtm_family = family};
	int r = -NLE_DUMP_INTR;

	for (int attempt = 0; attempt < DUMP_ATTEMPTS && r == -NLE_DUMP_INTR; attempt++) {
		struct nl_msg *message =
			nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP);

		if (!message)
			return -ENOMEM;
		if (nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
		    nla_put_u32(message, RTA_OIF, (uint32_t)interface->index) < 0) {
			nlmsg_free(message);
			return -ENOMEM;
		}
		r = nl_send_auto(socket, message);
		nlmsg_free(message);
		if (r >= 0)
			r = nl_recvmsgs_default(socket);
	}
	/* A kernel without IPv6 knows no such family. */
	if (r == -NLE_OPNOTSUPP || r == -NLE_AF_NOSUPPORT)
		r = 0;
	return r < 0 ? 1 : interface->failure;
}

/*
 * The route dump has its own socket: strict checking makes the kernel filter, and makes it
 * refuse the short headers that the library's own requests have.
 */
static int read_all_routes(struct interface *interface)
{
	struct nl_sock *socket = nl_socket_alloc();
	int on = 1, r = 1;

	if (!socket)
		return -ENOMEM;
	if (nl_connect(socket, NETLINK_ROUTE) == 0) {
		/* Before 4.20 there is no filter, and every route is looked at here. */
		(void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
				 sizeof(on));
		nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take_route, interface);
		r = read_routes(socket, interface, AF_INET);
		if (r == 0)
			r = read_routes(socket, interface, AF_INET6);
	}
	nl_socket_free(socket);
	return r;
}

/* Returns 0, -ENOMEM, or 1 where the kernel did not answer. */
static int read_interface(struct interface *interface)
{
	struct nl_sock *socket = nl_socket_alloc();
	int r = 1;

	if (!socket)
		return -ENOMEM;
	if (nl_connect(socket, NETLINK_ROUTE) == 0) {
		r = read_link(socket, interface);
		if (r == 0)
			r = read_addresses(socket, interface);
	}
	nl_socket_free(socket);
	return r == 0 ? read_all_routes(interface) : r;
}

int in_use_read_net(const struct host_root *root, const struct pci_device *device,
		    struct in_use_list *list)
{
	struct name_list names = {0};
	int r = class_devices_below(root, "net", &device->address, &names);

	if (r < 0 && r != -ENOMEM)
		r = device->class_code.state != FACT_KNOWN ||
				    device->class_code.number >> 16 == CLASS_NETWORK
			    ? in_use_list_add(list, IN_USE_NOT_MEASURED,
					      "the network interfaces could not be listed", NET)
			    : 0;
	for (size_t i = 0; i < names.n_names && r == 0; i++) {
		struct interface interface = {.name = names.names[i], .list = list};

		r = root->live ? read_interface(&interface) : 1;
		if (r == 1)
			r = in_use_addf(list, IN_USE_NOT_MEASURED, NET,
					"the state of %s could not be read", names.names[i]);
	}
	name_list_release(&names);
	return r;
}
