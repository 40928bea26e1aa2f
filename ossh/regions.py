"""The regions of OSS: to recognize one that is misspelt. One that is not here is used as it is.

Source: OSS documentation, "Regions and endpoints".
"""

import re

from ossh.spelling import near

REGIONS = (
    *("cn-hangzhou", "cn-shanghai", "cn-nanjing", "cn-fuzhou", "cn-wuhan-lr", "cn-qingdao"),
    *("cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-shenzhen", "cn-heyuan"),
    *("cn-guangzhou", "cn-chengdu", "cn-hongkong", "us-west-1", "us-east-1", "na-south-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-3", "ap-southeast-5"),
    *("ap-southeast-6", "ap-southeast-7", "eu-central-1", "eu-west-1", "me-east-1", "me-central-1"),
    *("cn-shanghai-finance-1", "cn-shenzhen-finance-1", "cn-beijing-finance-1", "cn-north-2-gov-1"),
)
_IN_HOST = re.compile(r"\boss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com|\b([a-z0-9-]+)\.oss\.aliy")


def meant_by(host: str) -> list[str]:
    """Return the regions that were meant by the one that a host names; none if it is one."""
    found = _IN_HOST.search(host)
    region = (found[1] or found[2]) if found else ""
    return [] if region in REGIONS else near(region, REGIONS)
