package schemas

// ComplaintType names a kind of complaint. The ten built-in types are below;
// a config may add more, so the set is open.
type ComplaintType string

// The built-in complaint types.
const (
	ProductQuality     ComplaintType = "product_quality"     // 产品质量
	ProductSafety      ComplaintType = "product_safety"      // 安全隐患: injury, fire, food safety
	CustomerService    ComplaintType = "customer_service"    // 服务质量
	Logistics          ComplaintType = "logistics"           // 物流与供应链: delay, loss, damage, out of stock
	CounterfeitIP      ComplaintType = "counterfeit_ip"      // 假冒与知识产权
	FalseAdvertising   ComplaintType = "false_advertising"   // 虚假宣传与价格欺诈
	DataSecurity       ComplaintType = "data_security"       // 网络安全: leak, attack, fraud, outage
	Compliance         ComplaintType = "compliance"          // 法律法规
	BrandImage         ComplaintType = "brand_image"         // 品牌形象: statements, spokespersons, values
	InternalManagement ComplaintType = "internal_management" // 内部管理: labour, staff
)

// Unspecified is the crisis type of an alert whose mentions name no type.
const Unspecified ComplaintType = "unspecified"

// ComplaintTypes lists the built-in types in their fixed order.
var ComplaintTypes = []ComplaintType{
	ProductQuality, ProductSafety, CustomerService, Logistics, CounterfeitIP,
	FalseAdvertising, DataSecurity, Compliance, BrandImage, InternalManagement,
}

// Polarity is the three-way sentiment of a text.
type Polarity string

// The polarities.
const (
	Negative Polarity = "negative"
	Neutral  Polarity = "neutral"
	Positive Polarity = "positive"
)
